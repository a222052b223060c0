// Light or dark, as chosen before or as the system says; src/app/theme.ts keeps it so.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('deskwire.theme');
  } catch {
    // Storage is switched off: the system decides.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
