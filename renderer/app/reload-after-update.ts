// After an update the files of the old pages are gone. A page that misses one of its parts reloads itself, once: the
// address keeps the place, and drafts and orders live in the core.

const RELOADED_KEY = 'dipnet.reloadedMs';
/** A second failure this soon after a reload has another cause, and is shown instead. */
const AGAIN_AFTER_MS = 30_000;

export function mayReload(lastMs: number, nowMs: number): boolean {
  return !(nowMs - lastMs < AGAIN_AFTER_MS && nowMs >= lastMs);
}

export function reloadAfterUpdate(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const lastMs = Number(window.sessionStorage.getItem(RELOADED_KEY) ?? 0);
    if (!mayReload(lastMs, Date.now())) return;
    window.sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
    event.preventDefault();
    window.location.reload();
  });
}
