// Runs before the first paint, so that the page never shows in the wrong colours. Not a module:
// those wait for the document.
(() => {
  const key = "slipway.theme";
  const read = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is forbidden here: the system decides
    }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  apply(read());
  globalThis.slipwayTheme = {
    get current() {
      return document.documentElement.dataset.theme ?? "system";
    },
    set(theme) {
      apply(theme);
      try {
        if (theme === "system") localStorage.removeItem(key);
        else localStorage.setItem(key, theme);
      } catch {
        // It holds until the page is left.
      }
    },
  };
})();
