// Runs before the first paint: theme and language of the last visit, so that a dark console never flashes white.
(() => {
  let settings = {};
  try {
    settings = JSON.parse(window.localStorage.getItem('dipnet.settings') ?? '{}') ?? {};
  } catch {
    // Damaged or forbidden storage: the defaults stand.
  }
  const dark =
    settings.theme === 'dark' ||
    (settings.theme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
  if (settings.locale === 'zh-Hans') document.documentElement.lang = 'zh-Hans';
})();
