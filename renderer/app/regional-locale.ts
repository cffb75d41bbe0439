// Dates and figures as the person's region writes them: the language is chosen in the console, the region is the browser's.

/** The wanted language with the region of the browser's first language that is the same; alone where there is none. */
export function regionalLocale(wanted: string, languages: readonly string[]): string {
  const own = new Intl.Locale(wanted).maximize();
  const same = languages
    .map((tag) => new Intl.Locale(tag))
    .find((known) => {
      const { language, script } = known.maximize();
      return known.region !== undefined && language === own.language && script === own.script;
    });
  return same?.region === undefined ? wanted : new Intl.Locale(wanted, { region: same.region }).toString();
}
