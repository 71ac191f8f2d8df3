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
  showTimes();
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
  const said = document.getElementById("said");
  let quiet = 0;
  const say = (words, ok) => {
    const line = document.createElement("p");
    const head = document.createElement("b");
    const rest = document.createElement("bdi");
    head.textContent = ok ? "Done. " : "Not done. ";
    rest.textContent = words;
    line.append(head, rest);
    said.className = ok ? "said" : "said refused";
    said.replaceChildren(line);
    clearTimeout(quiet);
    if (ok) quiet = setTimeout(() => said.replaceChildren(), 12000);
  };

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
  const keepingPlace = (work) => {
    const anchor = all(".card").find((card) => card.getBoundingClientRect().bottom > 0);
    const before = anchor && anchor.isConnected ? anchor.getBoundingClientRect().top : 0;
    const token = anchor && anchor.dataset.token;
    const atTop = window.scrollY < 40;
    work();
    const after = token && cardOf(token);
    if (after && !atTop) window.scrollBy({ top: after.getBoundingClientRect().top - before, behavior: "instant" });
  };
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
    for (const open of all("details[open]", old)) {
      const same = one(`details.${open.classList[0]}`, fresh);
      if (same && (open.classList.contains("rest") || open.contains(document.activeElement))) same.open = true;
    }
    const changed = old.dataset.version !== fresh.dataset.version;
    keepingPlace(() => old.replaceWith(fresh));
    if (changed) fresh.classList.add("changed");
    showTimes(fresh);
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
  const refreshCard = async (token) => {
    if (page === "mention") return cardOf(token) ? refreshPage() : undefined;
    if (page !== "board") return undefined;
    const found = await fetchCard(token);
    if (!found) return undefined;
    const old = cardOf(token);
    if (old) {
      swap(old, found.card).classList.toggle("left", !found.fits);
    } else if (found.fits && cards.dataset.newest === "1" && cards.dataset.first === "1") {
      found.card.classList.add("fresh");
      showTimes(found.card);
      keepingPlace(() => cards.prepend(found.card));
    } else if (found.fits && cards.dataset.newest === "0" && !document.getElementById("more")) {
      showTimes(found.card);
      cards.append(found.card);
    }
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
  };
  const refreshPage = async () => {
    const answer = await ask(location.href);
    if (!answer.ok) return;
    const fresh = parse(await answer.text());
    if (page === "board" || page === "mention") {
      const wanted = all("#cards > .card", fresh).map((card) => document.adoptNode(card));
      const tokens = new Set(wanted.map((card) => card.dataset.token));
      keepingPlace(() => {
        const known = wanted.filter((card) => cardOf(card.dataset.token));
        const unknown = wanted.filter((card) => !cardOf(card.dataset.token));
        known.forEach((card) => swap(cardOf(card.dataset.token), card));
        if (cards.dataset.newest !== "0") unknown.reverse().forEach((card) => cards.prepend(card));
        else unknown.forEach((card) => cards.append(card));
      });
      // What is not on the first page any more may have changed too.
      if (page === "board") all(".card", cards).filter((card) => !tokens.has(card.dataset.token)).forEach((card) => refreshCard(card.dataset.token));
      const talk = one("#talk", fresh);
      if (talk && one("#talk")) one("#talk").replaceWith(document.adoptNode(talk));
      const rows = one(".log tbody", fresh);
      if (rows && one(".log tbody")) one(".log tbody").replaceWith(document.adoptNode(rows));
      showTimes();
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
    if (form.matches(".card .verbs")) {
      event.preventDefault();
      const card = form.closest(".card");
      const answer = await post(event.submitter.formAction, form, event.submitter);
      if (!answer) return;
      take(card.dataset.token, answer);
      show(answer, card.dataset.token, `[data-verb="${event.submitter.dataset.verb}"]`);
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
      say(answer.text, answer.ok);
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
    const card = link.closest(".card");
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
    cards.append(...added);
    showTimes(cards);
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
    return named && one(`[data-verb="${named.dataset.press}"]`, card);
  };
  document.addEventListener("keydown", (event) => {
    const open = one("details.more[open]");
    if (event.key === "Escape" && open) { open.open = false; one("summary", open).focus(); }
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]") || event.target.closest("input, select, textarea")) return;
    if (!keysOn.checked) return;
    const card = document.activeElement && document.activeElement.closest(".card");
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "?") help.showModal();
    else if (event.key === "o" && card) one(".title a", card).click();
    else if (card && pressed(event.key, card)) pressed(event.key, card).click();
  });

  // --- what others do ---
  const live = document.getElementById("live");
  const liveWords = document.getElementById("live-words");
  const showLive = (on, words) => { live.classList.toggle("on", on); if (liveWords.textContent !== words) liveWords.textContent = words; };
  let seq = Number(body.dataset.seq);
  let stream = null;
  let tries = 0;
  let later = 0;
  const waiting = new Set();
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
    if (!later) later = setTimeout(() => flush().catch(() => {}), 120);
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
