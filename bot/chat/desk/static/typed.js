// What is typed, and not sent yet: it is kept in this browser for whoever typed it, for that form alone, until it was
// sent; and beside a reply stands how it will read in public, drawn anew while it is typed.
//
// Kept are what people type, not what they choose; per person, so that nobody else who sits down here is offered it.
// It outlives Escape, a reload and a session that ended. It is bounded in number, size and age.
"use strict";
const typed = (() => {
  const PREFIX = "dibs-typed:";
  const SENT = "dibs-sent";
  const MOST = 20;
  const LONGEST = 300000;
  const OLDEST = 14 * 24 * 3600 * 1000;
  const REST = 300;
  const mine = `${PREFIX}${document.body.dataset.me}:`;
  const one = (selector, root) => root.querySelector(selector);
  const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });
  const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
  const when = (at) => {
    const then = new Date(at);
    return then.toDateString() === new Date().toDateString() ? clock.format(then) : `${day.format(then)}, ${clock.format(then)}`;
  };

  // --- what is kept ---
  const page = new Map(); // where the browser keeps nothing, it lives as long as the page
  const keys = () => { try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; } };
  const drop = (key) => { page.delete(key); try { localStorage.removeItem(key); } catch { /* nothing is kept there */ } };
  const isEntry = (entry) => Boolean(entry) && typeof entry.at === "number" && typeof entry.title === "string"
    && [entry.base, entry.values].every((part) => part && typeof part === "object" && Object.values(part).every((text) => typeof text === "string"));
  const read = (key) => {
    if (page.has(key)) return page.get(key);
    try {
      const entry = JSON.parse(localStorage.getItem(key));
      if (isEntry(entry) && Date.now() - entry.at < OLDEST) return entry;
    } catch { /* not what we wrote */ }
    drop(key);
    return null;
  };
  const write = (key, entry) => {
    const text = JSON.stringify(entry);
    page.set(key, entry);
    if (text.length > LONGEST) return;
    const old = keys().filter((other) => other !== key).map((other) => [read(other), other]).filter(([found]) => found);
    old.sort(([a], [b]) => a.at - b.at);
    while (old.length >= MOST) drop(old.shift()[1]);
    for (;;) {
      try { localStorage.setItem(key, text); page.delete(key); return; } catch { if (!old.length) return; drop(old.shift()[1]); }
    }
  };
  const keyOf = (form) => `${mine}${new URL(form.action).pathname}`;
  const fieldsOf = (form) => [...form.querySelectorAll(".field textarea, .field input")].filter((field) => field.name);
  const valuesOf = (form) => Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  const pending = () => [...new Set([...keys(), ...page.keys()])].filter((key) => key.startsWith(mine))
    .map((key) => ({ href: key.slice(mine.length), entry: read(key) })).filter((kept) => kept.entry && /^\/[\w/-]+$/.test(kept.href))
    .sort((a, b) => b.entry.at - a.entry.at);

  // --- one form ---
  const watched = new WeakMap();
  const isDirty = (form) => {
    const base = watched.get(form) && watched.get(form).base;
    return Boolean(base) && fieldsOf(form).some((field) => field.value !== base[field.name]);
  };
  const keep = (form) => {
    const seen = watched.get(form);
    if (!seen || seen.sent) return;
    clearTimeout(seen.keeping);
    if (isDirty(form)) write(keyOf(form), { at: Date.now(), title: one("h1", form).textContent, base: seen.base, values: valuesOf(form) });
    else drop(keyOf(form));
  };
  const forget = (form) => {
    const seen = watched.get(form);
    if (seen) { seen.sent = true; clearTimeout(seen.keeping); }
    drop(keyOf(form));
  };
  const note = (form, words, ...offers) => {
    for (const old of form.querySelectorAll(".unsent-here")) old.remove();
    if (!words) return;
    const line = document.createElement("p");
    line.className = "unsent-here";
    line.setAttribute("role", "status");
    line.append(words);
    for (const [label, act] of offers) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = label;
      button.addEventListener("click", act);
      line.append(" ", button);
    }
    one("h1", form).after(line);
  };
  const put = (form, values) => {
    for (const field of fieldsOf(form)) {
      if (!(field.name in values) || field.value === values[field.name]) continue;
      field.value = values[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const field = one(`[name="${form.dataset.previewed || fieldsOf(form)[0].name}"]`, form);
    field.focus({ preventScroll: true });
    if (field.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
  };
  const putBack = (form, values, words) => {
    const base = valuesOf(form);
    put(form, values);
    note(form, words, ["Throw it away", () => {
      put(form, base);
      keep(form);
      note(form, "It is thrown away.", ["Bring it back", () => putBack(form, values, "Your unsent text is back.")]);
    }]);
  };
  // What was begun where the form is begun still is put back; what the form begins with otherwise now is not written over.
  const offer = (form, kept, refused) => {
    const now = valuesOf(form);
    const lost = Object.keys(kept.values).filter((name) => name in now && kept.values[name] !== now[name]);
    if (!lost.length) { if (!refused) drop(keyOf(form)); return; }
    const values = Object.fromEntries(lost.map((name) => [name, kept.values[name]]));
    const words = `Your unsent text of ${when(kept.at)}`;
    if (lost.every((name) => now[name] === kept.base[name])) { putBack(form, values, `${words} is back.`); return; }
    note(form, `${words} is kept, and what stands here is newer.`,
      ["Use it", () => putBack(form, values, `${words} stands here now.`)],
      ["Throw it away", () => { drop(keyOf(form)); note(form, ""); }]);
  };
  const watch = (form) => {
    if (!form || watched.has(form) || !fieldsOf(form).length) return;
    const kept = read(keyOf(form));
    watched.set(form, { base: valuesOf(form), keeping: 0, sent: false });
    form.addEventListener("input", (event) => {
      const seen = watched.get(form);
      clearTimeout(seen.keeping);
      seen.keeping = setTimeout(() => keep(form), 200);
      if (event.target.name === form.dataset.previewed) soon(form);
    });
    for (const select of form.querySelectorAll("[data-fills]")) select.addEventListener("change", () => fill(form, select));
    for (const button of form.querySelectorAll(".fill")) button.hidden = true;
    if (kept) offer(form, kept, takeSent(form));
  };

  // --- a form that is a page of its own: whether it was taken shows on the page that comes next ---
  const leaving = (form) => { keep(form); try { sessionStorage.setItem(SENT, keyOf(form)); } catch { /* then it is offered once more */ } };
  const takeSent = (form) => {
    try {
      if (sessionStorage.getItem(SENT) !== keyOf(form)) return false;
      sessionStorage.removeItem(SENT);
      return true;
    } catch { return false; }
  };
  const arrive = (taken) => {
    try {
      const key = sessionStorage.getItem(SENT);
      if (key && taken) { drop(key); sessionStorage.removeItem(SENT); }
    } catch { /* nothing is kept */ }
  };

  // --- as it will stand there ---
  const checks = new WeakMap();
  const stateOf = (form) => {
    if (!checks.has(form)) checks.set(form, { timer: 0, number: 0, under: null });
    return checks.get(form);
  };
  let number = 0;
  const ask = async (form, change) => {
    const values = new URLSearchParams(new FormData(form));
    change(values);
    const answer = await fetch(form.dataset.check, { method: "POST", body: values, credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.status === 401) { lost(form); return null; }
    const known = (answer.headers.get("Content-Type") || "").includes("json");
    return known ? answer.json() : { ok: false, text: answer.status === 413 ? "It is far too long. Shorten it: nothing of it was cut." : "This page is too old to look at it. Your text is kept: load the page again." };
  };
  const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;
  const show = (form, answer) => {
    const place = one("[data-preview]", form);
    if (!answer.ok) {
      const line = document.createElement("p");
      line.className = "wrong";
      line.textContent = answer.text;
      place.replaceChildren(line);
      return;
    }
    place.replaceChildren(...parse(answer.preview).childNodes);
    const ends = one(".ends", form);
    const fresh = parse(answer.ends);
    const said = (root) => [...root.querySelectorAll("button")].map((button) => `${button.value} ${button.textContent}`).join();
    if (said(ends) !== said(fresh) && !ends.contains(document.activeElement)) ends.replaceChildren(...fresh.childNodes);
    const shown = one("[name=shown]", form);
    const [before, now] = [shown.value, answer.shown].map((digests) => digests.split(".").slice(0, 2).join("."));
    shown.value = answer.shown;
    if (before !== now) form.dispatchEvent(new CustomEvent("changed-beside"));
  };
  // Of several answers the one to the last question counts.
  const look = async (form) => {
    if (!form.dataset.check) return;
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.timer = 0;
    number += 1;
    const asked = state.number = number;
    try {
      const answer = await ask(form, (values) => values.delete("saved"));
      if (answer && state.number === asked && form.isConnected) show(form, answer);
    } catch { /* it is asked again with the next letter */ }
  };
  const soon = (form) => {
    if (!form.dataset.check) return;
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => { state.under = look(form); }, REST);
  };
  // Before it is sent, what stands beside it is that very text.
  const settle = async (form) => {
    const state = checks.get(form);
    if (!state) return;
    if (state.timer) state.under = look(form);
    await Promise.race([state.under, new Promise((done) => setTimeout(done, 3000))]);
  };

  // --- a saved reply ---
  const fill = async (form, select) => {
    const field = one(`[name="${select.dataset.fills}"]`, form);
    const chosen = select.value;
    if (!chosen) return;
    let answer = null;
    try { answer = await ask(form, (values) => values.delete(select.dataset.fills)); } catch { /* said below */ }
    if (select.value !== chosen || !form.isConnected) return;
    if (!answer || !answer.ok || answer.text === null) { if (answer) note(form, answer.text || "There is no such saved reply any more."); return; }
    const before = field.value;
    const replace = () => {
      put(form, { [field.name]: answer.text });
      watched.get(form).filled = answer.text;
      note(form, "The saved reply stands in the field. Make it your own.", ...before.trim() ? [["Bring my text back", () => { put(form, { [field.name]: before }); note(form, ""); }]] : []);
    };
    if (!before.trim() || before === watched.get(form).filled) replace();
    else note(form, "What you typed stays.", ["Put the saved reply in its place", replace]);
  };

  // --- a session that ended ---
  const lost = (form) => {
    keep(form);
    note(form, "Your session has ended. What you typed is kept in this browser: sign in again, and it is offered to you.");
  };

  return { watch, keep, forget, isDirty, leaving, arrive, look, settle, lost, note, pending };
})();
