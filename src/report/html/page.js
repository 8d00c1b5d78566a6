// The page stands without this script. It hides what the filters leave out, shows findings fifty at a time, and moves
// the bars of the timeline. Whatever it shows was escaped by the program that wrote the page: it makes no markup itself.
(() => {
  "use strict";
  const AT_ONCE = 50, ON_PAPER = 1000;
  const $ = (id) => document.getElementById(id);
  const list = $("list"), filters = $("filters"), lanes = $("lanes");
  const levels = [...filters.querySelectorAll("[name=level]")];
  const selects = ["actor", "account", "rule"].map((name) => filters.elements[name]);
  const search = filters.elements.q;

  // The first findings stand in the page; the text of the others is the program's own markup, never parsed till now.
  const more = $("more");
  const sources = [...list.children].map((article) => article.outerHTML);
  if (more) sources.push(...more.textContent.split("\x3c!--f-->").slice(1));
  const keys = sources.map((source) => source.match(/ data-k="([-\d ]+)"/)[1].split(" ").map(Number));
  const places = new Map(sources.map((source, at) => [source.match(/ id="(f-[^"]*)"/)[1], at]));
  const texts = [];
  const textOf = (at) => texts[at] ??= sources[at].replace(/<[^>]*>/g, " ").replace(/&lt;/g, "<").replace(/&gt;/g, ">")
    .replace(/&quot;/g, "\"").replace(/&#39;/g, "'").replace(/&amp;/g, "&").replace(/\s+/g, " ").toLowerCase();
  const made = (at) => {
    const template = document.createElement("template");
    template.innerHTML = sources[at];
    return template.content;
  };

  const whole = lanes ? [Number(lanes.dataset.from), Number(lanes.dataset.to)] : [0, 0];
  let seen = whole, chosen = null, matching = [], shown = 0;

  // ---- the list ----
  function fits(key, at) {
    const [level, time, ...places] = key;
    return levels.some((box) => box.checked && Number(box.dataset.level) === level)
      && selects.every((select, n) => select.selectedIndex <= 0 || select.selectedIndex - 1 === places[n])
      && (!chosen || (time >= chosen[0] && time <= chosen[1]))
      && search.value.toLowerCase().split(" ").every((word) => !word || textOf(at).includes(word));
  }
  function showMore(upTo) {
    const part = document.createDocumentFragment();
    for (; shown < Math.min(upTo, matching.length); shown++) part.append(made(matching[shown]));
    list.append(part);
    $("next").hidden = shown >= matching.length;
    $("show-more").textContent = `Show ${Math.min(AT_ONCE, matching.length - shown)} more of ${matching.length - shown}`;
  }
  function apply() {
    matching = [];
    keys.forEach((key, at) => { if (fits(key, at)) matching.push(at); });
    shown = 0;
    list.replaceChildren();
    showMore(AT_ONCE);
    const of = sources.length.toLocaleString("en"), some = matching.length.toLocaleString("en");
    $("count").textContent = matching.length === sources.length ? `All ${of} findings.` : `${some} of ${of} findings.`;
    draw();
  }

  // ---- the address ----
  function said() {
    const words = new URLSearchParams();
    const on = levels.filter((box) => box.checked).map((box) => box.value);
    if (on.length < levels.length) words.set("level", on.join(",") || "none");
    for (const field of [...selects, search]) if (field.value) words.set(field.name, field.value);
    if (chosen) { words.set("from", iso(chosen[0])); words.set("to", iso(chosen[1])); }
    return words.toString();
  }
  function say() {
    try { history.replaceState(null, "", `#${said()}`); } catch { /* some browsers refuse this for files */ }
    apply();
  }
  function heard() {
    const hash = location.hash.slice(1);
    if (hash.startsWith("f-")) return open(hash);
    if (hash && !hash.includes("=")) return;
    const words = new URLSearchParams(hash);
    const on = words.has("level") ? words.get("level").split(",") : levels.map((box) => box.value);
    for (const box of levels) box.checked = on.includes(box.value);
    for (const field of [...selects, search]) field.value = words.get(field.name) ?? "";
    for (const select of selects) if (select.selectedIndex < 0) select.selectedIndex = 0;
    const [from, to] = ["from", "to"].map((name) => Date.parse(words.get(name)) / 1000);
    chosen = from <= to ? [from, to] : null;
    apply();
    if (hash) filters.scrollIntoView();
  }
  function open(id) {
    const at = places.get(id);
    if (at === undefined) return;
    if (!matching.includes(at)) { reset(); apply(); }
    showMore(Math.max(shown, matching.indexOf(at) + 1));
    for (const other of document.querySelectorAll(".here")) other.classList.remove("here");
    const article = $(id);
    article.classList.add("here");
    article.querySelector("details").open = true;
    article.scrollIntoView();
    article.focus({ preventScroll: true });
  }
  function reset() {
    for (const box of levels) box.checked = true;
    for (const select of selects) select.selectedIndex = 0;
    search.value = "";
    chosen = null;
  }

  // ---- the timeline ----
  const iso = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19) + "Z";
  const words = (seconds) => iso(seconds).slice(0, 16).replace("T", " ");
  const bars = lanes ? [...lanes.querySelectorAll("rect[data-t]")].map((bar) => [bar, Number(bar.dataset.t)]) : [];
  const bands = lanes ? [...lanes.querySelectorAll(".chosen")] : [];
  const share = (time) => (time - seen[0]) / (seen[1] - seen[0]) * 100;
  function look(from, to) {
    seen = [from, Math.max(to, from + 60)];
    for (const [bar, time] of bars) bar.setAttribute("x", `${share(time).toFixed(3)}%`);
    lanes.querySelectorAll(".ticks span").forEach((tick, n) => {
      tick.textContent = words(seen[0] + (seen[1] - seen[0]) * n / 4);
    });
    draw();
  }
  function draw() {
    if (!lanes) return;
    const [from, to] = chosen ?? seen;
    for (const band of bands) {
      band.setAttribute("x", `${chosen ? share(from) : 0}%`);
      band.setAttribute("width", `${chosen ? Math.max(share(to) - share(from), .1) : 0}%`);
    }
    const slide = (time) => Math.round((time - whole[0]) / (whole[1] - whole[0]) * 1000);
    $("from").value = slide(from);
    $("to").value = slide(to);
    for (const id of ["from", "to"]) $(id).setAttribute("aria-valuetext", words(id === "from" ? from : to));
    $("range").textContent = chosen ? `${words(from)} to ${words(to)} UTC chosen` : "";
    $("closer").disabled = !chosen;
    $("whole").disabled = !chosen && seen[0] === whole[0] && seen[1] === whole[1];
  }
  function brush() {
    let start = null, dragged = false;
    const at = (event) => {
      const box = bands[0].ownerSVGElement.getBoundingClientRect();
      const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      return Math.round(seen[0] + (seen[1] - seen[0]) * part);
    };
    lanes.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.target.closest("svg")) return;
      start = at(event);
      dragged = false;
      lanes.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    lanes.addEventListener("pointermove", (event) => {
      if (start === null) return;
      const both = [start, at(event)].sort((a, b) => a - b);
      dragged ||= both[1] - both[0] > (seen[1] - seen[0]) / 300;
      if (dragged) chosen = both;
      draw();
    });
    const end = () => {
      if (start === null) return;
      // A click without a drag takes the choice back.
      if (!dragged) chosen = null;
      start = null;
      say();
    };
    lanes.addEventListener("pointerup", end);
    lanes.addEventListener("pointercancel", end);
    for (const id of ["from", "to"]) $(id).addEventListener("input", () => {
      const time = (id) => whole[0] + (whole[1] - whole[0]) * $(id).value / 1000;
      const both = [time("from"), time("to")].map(Math.round).sort((a, b) => a - b);
      chosen = both[0] <= whole[0] && both[1] >= whole[1] ? null : both;
      say();
    });
    $("closer").addEventListener("click", () => { if (chosen) look(...chosen); });
    $("whole").addEventListener("click", () => { chosen = null; look(...whole); say(); });
    const grave = keys.filter(([level, time]) => level >= 3 && time >= 0).map(([, time]) => time).sort((a, b) => a - b);
    $("grave").hidden = !grave.length;
    $("grave").addEventListener("click", () => {
      const room = Math.max(60, (grave.at(-1) - grave[0]) / 30);
      chosen = null;
      look(grave[0] - room, grave.at(-1) + room);
      say();
    });
    $("brush").hidden = false;
    lanes.classList.add("ready");
  }

  // ---- the rest ----
  filters.addEventListener("input", (event) => {
    if (event.target !== search) return say();
    clearTimeout(search.wait);
    search.wait = setTimeout(say, 150);
  });
  filters.addEventListener("submit", (event) => { event.preventDefault(); say(); });
  $("clear").addEventListener("click", () => { reset(); say(); });
  $("open-all").addEventListener("click", () => {
    const folded = [...list.querySelectorAll(".finding > details")];
    const all = folded.some((details) => !details.open);
    for (const details of folded) details.open = all;
    $("open-all").textContent = all ? "Fold shown" : "Open shown";
  });
  $("show-more").addEventListener("click", () => {
    const next = shown;
    showMore(shown + AT_ONCE);
    list.children[next]?.focus();
  });
  addEventListener("beforeprint", () => {
    showMore(ON_PAPER);
    const left = matching.length - shown;
    $("unprinted").textContent = left ? `${left.toLocaleString("en")} more findings are not printed.` : "";
  });
  addEventListener("hashchange", heard);
  if (lanes) brush();
  for (const element of [filters, ...document.querySelectorAll(".script-only")]) element.hidden = false;
  apply();
  heard();
})();
