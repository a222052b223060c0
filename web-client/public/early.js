// What need not wait for the bundle: the colours, and what the page of this address asked the last time.
(function () {
  var chosen = null;
  var asked = [];
  try {
    chosen = localStorage.getItem('deskwire.theme');
    asked =
      JSON.parse(localStorage.getItem('deskwire.first') || '{}')[location.pathname + location.search] || [];
  } catch {
    // Storage is switched off: the system decides on the colours, and nothing is asked early.
  }
  // Light or dark, as chosen before or as the system says; src/app/theme.ts keeps it so.
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  // src/graphql/early.ts takes the answers, and says what is asked the next time.
  var headers = {
    accept: 'application/graphql-response+json, application/json',
    'content-type': 'application/json',
    'x-deskwire-origin': 'early',
  };
  window.deskwireEarly = new Map(
    asked.map(function (body) {
      var answer = fetch('/graphql', { method: 'POST', headers: headers, body: body });
      // Whoever takes it asks again; nobody may.
      answer.catch(function () {});
      return [body, answer];
    }),
  );
})();
