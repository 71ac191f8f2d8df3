// Several at once: boxes on the cards of the board, which the form above them sends together. Without this file the
// same boxes come with ?select=1.
"use strict";
(() => {
  const form = document.getElementById("several");
  const cards = document.getElementById("cards");
  if (!form || !cards) return;
  const MOST = 100;
  const begin = document.getElementById("select");
  const all = document.getElementById("choose-all");
  const words = document.getElementById("chosen");
  const chosen = new Set();
  const boxOf = (card) => card.querySelector(":scope > .pick input");
  const cardsOf = () => [...cards.querySelectorAll(":scope > .card[data-token]")];
  const selecting = () => !form.hidden;

  const count = () => {
    const said = chosen.size ? `${chosen.size} selected.` : "Tick what you mean.";
    if (words.textContent !== said) words.textContent = said;
  };
  const remember = (box, token) => {
    if (box.checked && chosen.size >= MOST && !chosen.has(token)) box.checked = false;
    if (box.checked) chosen.add(token);
    else chosen.delete(token);
    count();
  };
  const equip = (card) => {
    const token = card.dataset.token;
    let box = boxOf(card);
    if (!box) {
      const label = document.createElement("label");
      label.className = "pick";
      box = document.createElement("input");
      Object.assign(box, { type: "checkbox", name: "pick", value: `${token}.${card.dataset.version}` });
      box.setAttribute("form", "several");
      const name = document.createElement("span");
      name.className = "visually-hidden";
      name.textContent = `Select #${token}`;
      label.append(box, name);
      card.prepend(label);
    }
    if (box.checked) chosen.add(token);
    box.checked = chosen.has(token);
    if (!box.dataset.heard) {
      box.dataset.heard = "1";
      box.addEventListener("change", () => remember(box, token));
    }
  };
  const show = () => {
    form.hidden = false;
    if (begin) begin.hidden = true;
    all.hidden = false;
    cardsOf().forEach(equip);
    count();
  };
  const end = () => {
    form.hidden = true;
    if (begin) begin.hidden = false;
    chosen.clear();
    cards.querySelectorAll(":scope > .card > .pick").forEach((label) => label.remove());
    if (begin) begin.focus();
  };

  // What changes by itself is drawn anew, and what was loaded comes without a box; who is gone is not chosen any more.
  new MutationObserver(() => {
    if (!selecting()) return;
    const here = cardsOf();
    const tokens = new Set(here.map((card) => card.dataset.token));
    chosen.forEach((token) => tokens.has(token) || chosen.delete(token));
    here.forEach(equip);
    count();
  }).observe(cards, { childList: true });

  begin?.addEventListener("click", (event) => { event.preventDefault(); show(); cardsOf().map(boxOf)[0]?.focus(); });
  document.getElementById("unselect").addEventListener("click", (event) => {
    if (!begin) return; // the page was asked for with boxes: the link leads to the one without
    event.preventDefault();
    end();
  });
  all.addEventListener("click", () => {
    const boxes = cardsOf().map((card) => [boxOf(card), card.dataset.token]);
    const every = boxes.every(([box]) => box.checked);
    boxes.forEach(([box, token]) => { box.checked = !every; remember(box, token); });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    if (document.querySelector("dialog[open]") || !document.getElementById("keys-on")?.checked) return;
    const card = document.activeElement.closest("#cards > .card");
    if (!card) return;
    if (!selecting()) show();
    const box = boxOf(card);
    box.checked = !box.checked;
    remember(box, card.dataset.token);
  });
  // A page that comes back from the browser's memory has its boxes as they were.
  addEventListener("pageshow", () => { if (selecting()) show(); });
  if (selecting()) show();
})();
