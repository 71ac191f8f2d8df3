// Nothing moves under the pointer. What others do may change the board at any moment, and what one aims at is what one
// saw: so the page is scrolled along with whatever changes above, and what stands elsewhere than a moment ago, or does
// something else, takes no press yet. What is new is not shown before somebody asks for it (desk.js).
"use strict";
const still = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const long = () => Number(document.body.dataset.still);
  const acts = (card) => all(".verb, summary", card).map((one) => one.dataset.verb || one.dataset.form || "menu").join();
  const look = () => {
    const seen = new Map();
    for (const card of all(".card")) {
      const { top, bottom } = card.getBoundingClientRect();
      if (bottom > 0 && top < innerHeight) seen.set(card.dataset.token, { top, bottom, acts: acts(card) });
    }
    return seen;
  };

  let pointer = null;
  let pressed = -Infinity;
  addEventListener("pointermove", (event) => { pointer = event; }, { capture: true, passive: true });
  addEventListener("pointerdown", (event) => { pointer = event; pressed = performance.now(); }, { capture: true, passive: true });
  document.documentElement.addEventListener("pointerleave", () => { pointer = null; });
  const under = () => pointer && document.elementFromPoint(pointer.clientX, pointer.clientY);
  // What one looks at: the card under the pointer, else the one with the focus, else the first that is seen.
  const anchor = (seen) => [under(), document.activeElement].map((one) => one && one.closest(".card")).map((card) => card && card.dataset.token)
    .find((token) => seen.has(token)) || [...seen.keys()][0];

  let moved = { at: -Infinity, areas: [] };
  // Change something, and keep what one looks at where it is; what could not be kept there is remembered for a moment.
  const keep = (work) => {
    const before = look();
    const token = anchor(before);
    work();
    const card = token && document.getElementById(`c-${token}`);
    if (card) window.scrollBy({ top: card.getBoundingClientRect().top - before.get(token).top, behavior: "instant" });
    note(before);
  };
  const note = (before) => {
    const areas = [];
    const now = look();
    for (const [token, was] of before) {
      const is = now.get(token);
      if (is && Math.abs(is.top - was.top) <= 1 && Math.abs(is.bottom - was.bottom) <= 1 && is.acts === was.acts) continue;
      areas.push(was, ...is ? [is] : []);
    }
    for (const [token, is] of now) if (!before.has(token)) areas.push(is);
    const recent = performance.now() - moved.at < long() ? moved.areas : [];
    if (areas.length) moved = { at: performance.now(), areas: [...recent, ...areas] };
  };

  // A press that comes too soon after is not the one that was meant. Keys are sure: they go where the focus is.
  const guard = (tell) => document.addEventListener("click", (event) => {
    if (!event.detail || !event.isTrusted || !event.target.closest(".card") || !event.target.closest("a, button, summary")) return;
    if (pressed - moved.at >= long() || !moved.areas.some((area) => area.top <= event.clientY && event.clientY <= area.bottom)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.detail === 1) tell("The board changed under your pointer just then, so that press did nothing. Look, and press again.");
  }, true);

  return { keep, guard };
})();
