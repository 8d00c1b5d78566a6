// What every page has: the choice of light or dark, and paper, on which nothing can be opened.
(() => {
  "use strict";
  const button = document.getElementById("theme"), root = document.documentElement;
  const themes = ["system", "light", "dark"];
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme ?? "system") + 1) % 3];
    root.dataset.theme = next;
    button.textContent = `Theme: ${next}`;
  });
  button.hidden = false;
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not(.raw):not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
