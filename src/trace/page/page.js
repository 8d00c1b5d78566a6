// The page stands without this script: it opens what is folded, and shows the credential that a link leads to.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const folded = [...document.querySelectorAll("#chain details")];
  const word = () => { $("open-all").textContent = folded.some((details) => !details.open) ? "Open all" : "Fold all"; };
  $("open-all").addEventListener("click", () => {
    const open = folded.some((details) => !details.open);
    for (const details of folded) details.open = open;
    word();
  });
  for (const details of folded) details.addEventListener("toggle", word);
  $("folds").hidden = !folded.length;
  function heard() {
    const hash = location.hash.slice(1);
    for (const other of document.querySelectorAll(".here")) other.classList.remove("here");
    const node = hash.startsWith("c-") ? $(hash) : null;
    if (!node) return;
    node.classList.add("here");
    node.focus({ preventScroll: true });
  }
  addEventListener("hashchange", heard);
  heard();
})();
