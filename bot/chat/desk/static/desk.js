// The desk, alive. Everything works without this file; with it, pages change by themselves, forms open beside their
// card, and keys move about. Focus and scroll belong to the person: nothing here takes them away.
"use strict";
(() => {
  const body = document.body;
  const page = body.dataset.page;
  const me = Number(body.dataset.me);
  const cards = document.getElementById("cards");
  const sheet = document.getElementById("sheet");
  const help = document.getElementById("help");
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const cardOf = (token) => document.getElementById(`c-${token}`);

  // --- times, in the zone of who looks ---
  const full = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });
  const day = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", month: "short" });
  const sayTime = (at, now) => {
    const minutes = Math.floor((now - at) / 60000);
    if (minutes >= 0 && minutes < 1) return "just now";
    if (minutes >= 0 && minutes < 60) return `${minutes} min ago`;
    return at.toDateString() === now.toDateString() ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
  };
  const showTimes = (root = document) => {
    const now = new Date();
    for (const time of all("time[datetime]", root)) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const words = sayTime(at, now);
      if (time.textContent !== words) time.textContent = words;
      time.title = full.format(at);
    }
  };
  // A card is few stops for Tab: its buttons are one, and arrows lead from one of them to the next.
  const stops = (row) => all(".verb, .more > summary", row).filter((stop) => !stop.closest(".menu"));
  const rove = (row, here = stops(row)[0]) => stops(row).forEach((stop) => { stop.tabIndex = stop === here ? 0 : -1; });
  const dress = (root = document) => {
    showTimes(root);
    for (const row of all(".card .buttons", root)) {
      if (row.getAttribute("role")) continue;
      row.setAttribute("role", "toolbar");
      row.setAttribute("aria-label", "What to do");
      rove(row);
    }
  };
  dress();
  setInterval(showTimes, 20000);

  // --- saying things ---
  const news = document.getElementById("news");
  const announce = (words) => {
    if (!words) return;
    const line = document.createElement("p");
    line.textContent = words;
    news.append(line);
    while (news.childElementCount > 5) news.firstElementChild.remove();
  };
  // What is said lies over the page and moves nothing. A refusal stays until it is closed; what may be undone stays ten
  // seconds, and no shorter than somebody is at it.
  const said = document.getElementById("said");
  let quiet = 0;
  const hush = () => { clearTimeout(quiet); said.replaceChildren(); };
  const linger = (delay) => {
    clearTimeout(quiet);
    quiet = setTimeout(() => { if (said.matches(":hover, :focus-within")) linger(2000); else hush(); }, delay);
  };
  const dressSaid = () => {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "quiet close";
    close.textContent = "Close";
    close.addEventListener("click", hush);
    said.append(close);
    clearTimeout(quiet);
    if (!said.matches(".refused")) linger(one(".offer", said) ? 10000 : 12000);
  };
  const say = (words, ok, offer = "") => {
    const line = document.createElement("p");
    const head = document.createElement("b");
    const rest = document.createElement("bdi");
    head.textContent = ok ? "Done. " : "Not done. ";
    rest.textContent = words;
    line.append(head, rest);
    said.className = ok ? "said" : "said refused";
    const next = offer && one(".offer", parse(offer));
    said.replaceChildren(line, ...next ? [document.adoptNode(next)] : []);
    dressSaid();
  };
  if (one("p", said)) dressSaid();

  // --- asking the server ---
  const ask = async (url, options = {}) => {
    const answer = await fetch(url, { credentials: "same-origin", redirect: "follow", ...options });
    if (answer.status === 401) {
      const form = one("form.sheet", sheet) || one("main form.sheet");
      if (form && typed.isDirty(form)) typed.lost(form); else location.reload();
    }
    return answer;
  };
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  // --- one card, changed in its place ---
  const handle = (element) => {
    if (!element || !element.dataset) return "";
    if (element.dataset.verb) return `[data-verb="${element.dataset.verb}"]`;
    if (element.dataset.form) return `[data-form="${element.dataset.form}"]`;
    if (element.matches("summary")) return `details.${element.parentElement.classList[0]} > summary`;
    return element.matches(".title a") ? ".title a" : "";
  };
  // What stands in a closed menu does not take the focus; then the next one does.
  const focusFirst = (...elements) => elements.filter(Boolean).some((element) => {
    element.focus({ preventScroll: true });
    return document.activeElement === element;
  });
  const swap = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const selector = handle(focused);
    const menu = one("details.more[open]", old);
    if (menu && menu.contains(document.activeElement) && one("details.more", fresh)) one("details.more", fresh).open = true;
    const changed = old.dataset.version !== fresh.dataset.version;
    still.keep(() => old.replaceWith(fresh));
    if (changed) fresh.classList.add("changed");
    dress(fresh);
    if (focused) focusFirst(selector && one(selector, fresh), fresh);
    return fresh;
  };
  const fetchCard = async (token) => {
    const answer = await ask(`/m/${token}/card${page === "board" ? location.search : ""}`);
    if (!answer.ok) return null;
    const card = one(".card", parse(await answer.text()));
    return card && { card: document.adoptNode(card), fits: answer.headers.get("X-Fits") === "1" };
  };
  const showEmpty = () => {
    const empty = document.getElementById("empty");
    if (empty) empty.hidden = Boolean(one(".card", cards));
  };
  // What is new waits until somebody asks for it: nothing is put above what they look at.
  const freshly = document.getElementById("fresh");
  const held = new Map();
  let many = false;
  const showHeld = () => {
    const words = many ? "Many new mentions" : `${held.size} new ${held.size === 1 ? "mention" : "mentions"}`;
    freshly.hidden = !held.size && !many;
    if (!freshly.hidden && freshly.textContent !== words) freshly.textContent = words;
  };
  const holdBack = (card) => {
    if (one(".card", cards)) held.set(card.dataset.token, card);
    else putFirst([card]);
  };
  const putFirst = (fresh) => {
    fresh.forEach((card) => { card.classList.add("fresh"); dress(card); });
    cards.prepend(...fresh);
    showEmpty();
  };
  if (freshly) freshly.addEventListener("click", () => {
    if (many) { location.reload(); return; }
    const fresh = [...held.values()].reverse();
    held.clear();
    showHeld();
    still.keep(() => putFirst(fresh));
    window.scrollTo({ top: 0, behavior: "instant" });
    if (fresh[0]) fresh[0].focus({ preventScroll: true });
  });
  const refreshCard = async (token) => {
    if (page === "mention") return cardOf(token) ? refreshPage() : undefined;
    if (page !== "board") return undefined;
    const found = await fetchCard(token);
    if (!found) return undefined;
    const old = cardOf(token);
    if (old || !found.fits) held.delete(token);
    if (old) {
      swap(old, found.card).classList.toggle("left", !found.fits);
    } else if (found.fits && cards.dataset.newest === "1" && cards.dataset.first === "1") {
      holdBack(found.card);
    } else if (found.fits && cards.dataset.newest === "0" && !document.getElementById("more")) {
      dress(found.card);
      cards.append(found.card);
    }
    showHeld();
    showEmpty();
    return undefined;
  };
  const refreshNumbers = async () => {
    const old = document.getElementById("numbers");
    if (!old) return;
    const answer = await ask(`/tabs${location.search}`);
    if (!answer.ok) return;
    const fresh = one("#numbers", parse(await answer.text()));
    const links = all("a", fresh);
    // Only the figures change: a link that has the focus keeps it.
    all("a", old).forEach((link, index) => {
      const number = one(".n", link);
      if (links[index] && number) number.textContent = one(".n", links[index]).textContent;
    });
    const here = one("[data-tab][aria-current] .n", old);
    const count = here && here.textContent.trim();
    if (page === "board") document.title = `${count && count !== "0" ? `(${count}) ` : ""}${document.title.replace(/^\([^)]*\) /, "")}`;
  };
  const refreshPage = async () => {
    const answer = await ask(location.href);
    if (!answer.ok) return;
    const fresh = parse(await answer.text());
    if (page === "board" || page === "mention") {
      const wanted = all("#cards > .card", fresh).map((card) => document.adoptNode(card));
      const tokens = new Set(wanted.map((card) => card.dataset.token));
      const known = wanted.filter((card) => cardOf(card.dataset.token));
      const unknown = wanted.filter((card) => !cardOf(card.dataset.token));
      if (page === "board") {
        held.clear();
        many = Boolean(unknown.length) && !known.length && Boolean(one(".card", cards));
        if (cards.dataset.newest !== "1") cards.append(...unknown);
        else if (one(".card", cards)) unknown.reverse().forEach(holdBack);
        else putFirst(unknown);
        showHeld();
      }
      known.forEach((card) => swap(cardOf(card.dataset.token), card));
      // What is not on the first page any more may have changed too.
      if (page === "board") all(".card", cards).filter((card) => !tokens.has(card.dataset.token)).forEach((card) => refreshCard(card.dataset.token));
      for (const part of all("[data-fresh]", fresh)) {
        document.getElementById(part.id)?.replaceWith(document.adoptNode(part));
      }
      dress();
      showEmpty();
      refreshNumbers();
    }
  };

  // --- pressing and typing ---
  const post = async (url, form, submitter) => {
    const values = new URLSearchParams(new FormData(form));
    if (submitter && submitter.name) values.set(submitter.name, submitter.value); // what a card showed, above all
    if (submitter) submitter.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(url, { method: "POST", body: values, headers: { Accept: "application/json" } });
      if (!(answer.headers.get("Content-Type") || "").includes("json")) {
        if (answer.status === 401) return null; // said where it was typed
        const words = one(".slip p", parse(await answer.text()));
        say(words ? words.textContent : "The desk did not understand that. Load the page again.", false);
        return null;
      }
      return await answer.json();
    } catch {
      say("The desk cannot be reached. Nothing is known to have changed; try again in a moment.", false);
      return null;
    } finally {
      if (submitter) submitter.removeAttribute("aria-busy");
    }
  };
  const take = (token, answer) => {
    const old = cardOf(token);
    if (!old || !answer.card) return;
    const fresh = document.adoptNode(one(".card", parse(answer.card)));
    const had = document.activeElement && old.contains(document.activeElement);
    swap(old, fresh);
    if (had && !fresh.contains(document.activeElement)) fresh.focus({ preventScroll: true });
    if (page === "mention") refreshPage();
    if (page === "board") refreshCard(token).then(refreshNumbers);
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches(".card .verbs, .offer")) {
      event.preventDefault();
      const token = one("[name=ref]", form).value.split(".")[0];
      const answer = await post(event.submitter.formAction, form, event.submitter);
      if (!answer) return;
      take(token, answer);
      show(answer, token, `[data-verb="${event.submitter.dataset.verb}"]`);
      if (document.activeElement === document.body && cardOf(token)) cardOf(token).focus({ preventScroll: true });
    } else if (form.matches("dialog .sheet")) {
      event.preventDefault();
      const token = one("[name=ref]", form).value.split(".")[0];
      await typed.settle(form);
      const answer = await post(form.action, form, event.submitter);
      if (!answer) return;
      if (answer.ok) { typed.forget(form); showUnsent(); }
      take(token, answer);
      if (answer.ok || answer.form) show(answer, token, sheet.dataset.opener);
      else complain(form, answer);
      if (answer.ok && !token && answer.token) location.href = `/m/${answer.token}`;
    } else if (form.matches("[role=search]")) {
      event.preventDefault(); // what is not asked does not stand in an address that is to be shared
      const asked = [...new FormData(form)].filter(([, value]) => value.trim());
      location.assign(asked.length ? `/?${new URLSearchParams(asked)}` : "/");
    } else if (form.matches("main .sheet")) {
      typed.leaving(form);
    }
  });
  // What there is to fill in or to read goes into the dialog; a sentence goes to the top of the page.
  const show = (answer, token, opener) => {
    if (answer.form || answer.told) {
      showSheet(answer.form || answer.told, token, opener);
    } else {
      sheet.close();
      say(answer.text, answer.ok, answer.offer);
    }
  };
  const complain = (form, answer) => {
    all(".wrong", form).forEach((old) => old.remove());
    all("[aria-invalid]", form).forEach((field) => field.removeAttribute("aria-invalid"));
    const general = document.createElement("p");
    general.className = "wrong";
    general.setAttribute("role", "alert");
    general.textContent = answer.text;
    let first = null;
    for (const [name, words] of Object.entries(answer.fields)) {
      const place = one(`[data-field="${CSS.escape(name)}"]`, form);
      if (!place) continue;
      const field = one("input, select, textarea", place);
      const line = document.createElement("p");
      line.className = "wrong";
      line.id = `e-${name}`;
      line.textContent = words;
      place.append(line);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", `h-${name} e-${name}`);
      first = first || field;
    }
    if (!first) one("h1", form).after(general);
    const offer = answer.offer && one(".verb", parse(answer.offer));
    if (offer) general.append(" ", document.adoptNode(offer));
    // What was refused for being out of date may be sent again, now that its sender was told.
    const card = answer.card && one(".card", parse(answer.card));
    if (card) one("[name=ref]", form).value = `${card.dataset.token}.${card.dataset.version}`;
    if (!first && one(".beside", form)) readAgain(form);
    (first || start(form)).focus();
  };
  // Where the focus goes: to what is to be filled in; where several things can be pressed, first to what is to be read.
  const start = (root) => one("[autofocus]", root) || one("[data-copy]", root) || (one(".ends button[name]", root) && one(".beside", root)) || one(".ends button", root);
  // Where something was out of date, what stands beside the fields may be too; what was typed stays.
  const readAgain = async (form) => {
    const answer = await ask(form.action);
    const fresh = answer.ok && one("form.sheet", parse(await answer.text()));
    if (!fresh || !one(".beside", fresh) || !form.isConnected) return;
    for (const selector of [".beside", "[name=draft]", "[name=shown]"]) {
      const [old, now] = [one(selector, form), one(selector, fresh)];
      if (old && now) old.replaceWith(document.adoptNode(now));
    }
    prepare(form);
    typed.look(form);
  };
  const prepare = (root) => {
    showTimes(root);
    const form = root.matches("form.sheet") ? root : one("form.sheet", root);
    if (form && !form.dataset.watched) {
      form.dataset.watched = "1";
      form.addEventListener("changed-beside", () => {
        readAgain(form);
        typed.note(form, "What stands beside it has changed. Please look at it again.");
      });
    }
    all("[data-copy]", root).forEach((button) => { button.hidden = false; });
  };
  const fillSheet = (html) => {
    all("form.sheet", sheet).forEach((form) => typed.keep(form));
    const content = typeof html === "string" ? one("form.sheet, .told", parse(html)) : html;
    sheet.replaceChildren(document.adoptNode(content));
    sheet.classList.toggle("wide", Boolean(one(".sides .beside", sheet)));
    prepare(sheet);
  };
  const showSheet = (html, token, opener) => {
    sheet.dataset.token = token;
    sheet.dataset.opener = opener;
    fillSheet(html);
    if (!sheet.open) sheet.showModal();
    sheet.scrollTop = 0;
    const field = start(sheet);
    field.focus({ preventScroll: true }); // what is to be read stands above
    if (field.matches("input")) field.select();
    if (field.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
    typed.watch(one("form.sheet", sheet));
  };
  const openSheet = async (link) => {
    const answer = await ask(link.href);
    const drawn = parse(await answer.text());
    const form = answer.ok && one("form.sheet", drawn);
    const card = link.closest(".card") || cardOf(link.closest(".offer") ? one("[name=ref]", link.closest(".offer")).value.split(".")[0] : "");
    if (form && sheet.contains(link)) showSheet(form, sheet.dataset.token, sheet.dataset.opener);
    else if (form) showSheet(form, card ? card.dataset.token : "", `[data-form="${link.dataset.form}"]`);
    else if (answer.status === 409 && one(".slip p", drawn)) { sheet.close(); say(one(".slip p", drawn).textContent, false); }
    else location.href = link.href;
  };
  sheet.addEventListener("close", () => {
    if (sheet.open) return; // it was filled again at once
    const card = cardOf(sheet.dataset.token);
    if (card && !card.contains(document.activeElement)) focusFirst(one(sheet.dataset.opener, card), one(".more > summary", card), card);
    if (!card) focusFirst(one(sheet.dataset.opener));
    sheet.replaceChildren();
    showUnsent();
  });
  // What is typed is kept before the dialog that holds it goes, or the page.
  const keepTyped = () => all("form.sheet").forEach((form) => typed.keep(form));
  const hold = () => { keepTyped(); sheet.close(); };
  sheet.addEventListener("cancel", keepTyped);
  window.addEventListener("pagehide", keepTyped);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keepTyped(); });
  const unsent = document.getElementById("unsent");
  const showUnsent = () => {
    const open = all("form.sheet").map((form) => new URL(form.action).pathname);
    const kept = typed.pending().filter((found) => !open.includes(found.href));
    unsent.hidden = !kept.length;
    document.body.classList.toggle("has-unsent", Boolean(kept.length));
    unsent.replaceChildren("Not sent yet: ", ...kept.slice(0, 3).flatMap((found, index) => {
      const link = document.createElement("a");
      link.href = `${found.href}?${new URLSearchParams({ back: location.pathname + location.search })}`;
      link.dataset.form = `unsent-${found.href}`;
      link.textContent = found.entry.title;
      return index ? [" · ", link] : [link];
    }), ...kept.length > 3 ? [` and ${kept.length - 3} more`] : []);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-form]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (link && plain && sheet.showModal) { event.preventDefault(); openSheet(link); }
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy);
    if (event.target.closest("[data-close]") && sheet.open) { event.preventDefault(); hold(); }
    if (event.target.closest("#more") && plain) { event.preventDefault(); loadMore(event.target.closest("#more")); }
    all("details.more[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  const copyText = async (button) => {
    const text = one(".copy", button.closest("section"));
    try {
      await navigator.clipboard.writeText(text.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: copy it with your keyboard";
      text.focus();
      text.select();
    }
  };
  prepare(document.getElementById("main"));
  typed.arrive(page === "told" || Boolean(one("#said p") && !said.matches(".refused")));
  typed.watch(one("main form.sheet"));
  showUnsent();
  document.addEventListener("focusin", (event) => {
    all("details.more[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  const loadMore = async (link) => {
    const answer = await ask(link.href);
    if (!answer.ok) return;
    const fresh = parse(await answer.text());
    const added = all("#cards > .card", fresh).filter((card) => !cardOf(card.dataset.token)).map((card) => document.adoptNode(card));
    added.forEach(dress);
    cards.append(...added);
    const next = one("#more", fresh);
    if (added[0]) added[0].focus({ preventScroll: true });
    if (next) link.href = next.href; else link.parentElement.remove();
    announce(`${added.length} more mentions`);
  };

  // --- keys ---
  const keysOn = document.getElementById("keys-on");
  const stored = () => { try { return localStorage.getItem("dibs-keys") !== "off"; } catch { return true; } };
  keysOn.checked = stored();
  keysOn.addEventListener("change", () => { try { localStorage.setItem("dibs-keys", keysOn.checked ? "on" : "off"); } catch { /* kept for this page only */ } });
  const askHelp = document.getElementById("ask-help");
  askHelp.hidden = false;
  askHelp.addEventListener("click", () => help.showModal());
  const move = (step) => {
    const list = all(".card");
    const here = list.indexOf(document.activeElement && document.activeElement.closest(".card"));
    const next = list[here < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(here + step, 0), list.length - 1)];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const pressed = (key, card) => {
    const named = all("[data-press]", help).find((letter) => letter.textContent === key);
    return named && one(`[data-verb="${named.dataset.press}"], [data-form="${named.dataset.press}"]`, card);
  };
  const gone = (key) => all("[data-go]", help).find((letter) => letter.textContent === key);
  const search = one("[role=search] [type=search]");
  const simple = {
    j: () => move(1),
    k: () => move(-1),
    "?": () => help.showModal(),
    "/": () => (search ? search.focus() : location.assign("/")),
    z: () => { const undo = one("#said:not(.refused) .offer button"); if (undo) undo.click(); },
    ".": () => { if (freshly && !freshly.hidden) freshly.click(); },
  };
  let going = -Infinity;
  document.addEventListener("keydown", (event) => {
    const open = one("details.more[open]");
    if (event.key === "Escape" && open) { open.open = false; one("summary", open).focus(); }
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]") || event.target.closest("input, select, textarea")) return;
    if (walk(event)) { event.preventDefault(); return; }
    if (!keysOn.checked) return;
    const card = document.activeElement && document.activeElement.closest(".card");
    const went = event.timeStamp - going < 1500 && gone(event.key);
    going = event.key === "g" ? event.timeStamp : -Infinity;
    if (went) location.assign(went.dataset.go);
    else if (simple[event.key]) { event.preventDefault(); simple[event.key](); }
    else if (event.key === "o" && card) one(".title a", card).click();
    else if (card && pressed(event.key, card)) { event.preventDefault(); pressed(event.key, card).click(); }
  });
  // Arrows go along the buttons of a card, and up and down in its menu.
  const walk = (event) => {
    const row = event.target.closest(".card .buttons");
    const menu = row && one("details.more", row);
    const opens = menu && event.key === "ArrowDown" && event.target.matches("summary");
    if (opens) menu.open = true;
    const inside = opens || (row && event.target.closest(".menu"));
    const list = row ? (inside ? all(".menu .verb", row) : stops(row)) : [];
    const step = { [inside ? "ArrowDown" : "ArrowRight"]: 1, [inside ? "ArrowUp" : "ArrowLeft"]: -1 }[event.key];
    if (!step || !list.length) return false;
    const here = list.indexOf(event.target);
    list[(here + step + list.length) % list.length].focus();
    return true;
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest(".card .buttons");
    if (row && stops(row).includes(event.target)) rove(row, event.target);
  });

  still.guard((words) => say(words, false));
  for (const select of all("[data-goes]")) select.addEventListener("change", () => select.form.requestSubmit());

  // --- what others do ---
  const live = document.getElementById("live");
  const liveWords = document.getElementById("live-words");
  const showLive = (on, words) => { live.classList.toggle("on", on); if (liveWords.textContent !== words) liveWords.textContent = words; };
  let seq = Number(body.dataset.seq);
  let stream = null;
  let tries = 0;
  let later = 0;
  const waiting = new Set();
  let running = Promise.resolve(); // one after another, so that what came first stands first
  const flush = async () => {
    later = 0;
    const tokens = [...waiting];
    waiting.clear();
    if (tokens.length > 12) await refreshPage();
    else for (const token of tokens) await refreshCard(token);
    if (page === "board") await refreshNumbers();
  };
  const soon = (token) => {
    waiting.add(token);
    if (!later) later = setTimeout(() => { running = running.then(flush).catch(() => {}); }, 120);
  };
  const beat = 1000 * Number(body.dataset.beat || 15);
  let heard = 0;
  const connect = () => {
    heard = Date.now();
    stream = new EventSource(`/live?since=${seq}`);
    stream.onopen = () => { tries = 0; heard = Date.now(); showLive(true, "Live"); };
    stream.onerror = lose;
    const note = (event) => { heard = Date.now(); if (event.lastEventId) seq = Math.max(seq, Number(event.lastEventId)); };
    stream.addEventListener("mention", (event) => {
      note(event);
      const what = JSON.parse(event.data);
      if (what.by !== me) announce(what.say);
      soon(what.token);
    });
    stream.addEventListener("refresh", (event) => { note(event); announce("The board was brought up to date."); refreshPage().catch(() => {}); });
    stream.addEventListener("hello", note);
    stream.addEventListener("beat", note);
  };
  const lose = () => {
    stream.close();
    stream = null;
    showLive(false, "Reconnecting…");
    tries += 1;
    if (tries === 3) ask("/tabs").catch(() => {});
    setTimeout(() => { if (!stream && !document.hidden) connect(); }, Math.min(30000, 500 * 2 ** tries) * (0.5 + Math.random() / 2));
  };
  // What stands between may hold a stream open that carries nothing any more; the browser would never know.
  setInterval(() => { if (stream && Date.now() - heard > 3 * beat) lose(); }, Math.max(200, beat / 3));
  // A hidden page lets its connection go, since a browser has six for each server, and catches up when it is seen.
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(away);
    if (document.hidden) away = setTimeout(() => { if (stream) { stream.close(); stream = null; } }, 30000);
    else if (!stream) connect();
  });
  window.addEventListener("pagehide", () => { if (stream) { stream.close(); stream = null; } });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  if (page === "board" || page === "mention") { live.hidden = false; connect(); }
})();
