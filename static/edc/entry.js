// Data entry: the server looks at what was typed, and the page shows what it finds.
//
//   form[data-look]       is sent with act=look when a field is left; nothing is saved
//   form[data-autosave]   is saved instead: while somebody types, their words are kept for them (act=keep); when a field
//                         is left, what can be saved is (act=autosave). [data-saved] says so.
//
// No field that takes input is touched. One request is under way at a time, and sending the form waits for it: two saves
// of one page would be a conflict of somebody with themselves.

const PAUSE = 600;
const BETWEEN_TRIES = 5000;
const KEEPALIVE_BYTES = 60_000;

const entry = () => document.querySelector("form[data-look]");
const saves = (form) => form.hasAttribute("data-autosave");
let typed = 0;
let timer;
let underway;
let next = "";

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || form !== entry()) return;
  typed += 1;
  form.removeAttribute("data-kept");
  if (!saves(form)) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE, "keep");
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form || form !== entry()) return;
  clearTimeout(timer);
  ask(saves(form) ? "autosave" : "look");
});

// What waits is the stronger of what was asked for meanwhile.
function ask(act) {
  if (underway) {
    if (next !== "autosave") next = act;
    return;
  }
  underway = send(act).finally(() => {
    underway = undefined;
    const waiting = next;
    next = "";
    if (waiting) ask(waiting);
  });
}

async function send(act) {
  const form = entry();
  if (!form) return;
  const body = new FormData(form);
  body.set("act", act);
  const before = typed;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.redirected || (!answer.ok && answer.status !== 412)) {
      say(form, answer.redirected ? "You are signed out: not saved." : "Not saved. What you typed is still here.");
    } else if (answer.status === 204) {
      kept(form, before, answer.headers.get("X-Kept"));
    } else {
      take(form, new DOMParser().parseFromString(await answer.text(), "text/html"), before, answer.status);
    }
  } catch (error) {
    // Without a connection the form works as it does without this script.
    console.info("The form could not be sent:", error.message);
    if (!saves(form)) return;
    say(form, "No connection: not saved yet. What you typed is still here.");
    timer = setTimeout(ask, BETWEEN_TRIES, act);
  }
}

function kept(form, before, text) {
  if (before === typed) form.setAttribute("data-kept", "");
  if (text) say(form, text);
}

function take(form, page, before, status) {
  const told = page.querySelector("form[data-look]");
  if (!told) return;
  show(page);
  askWhy();
  if (!saves(form)) return;
  const { text, version, address, capture } = told.dataset;
  if (status === 412) return offerBoth(form, text);
  if (address) belong(form, address, capture, version);
  if (told.hasAttribute("data-unsent")) kept(form, before, text);
  else {
    if (before === typed) form.removeAttribute("data-dirty");
    if (text) say(form, text);
  }
}

// From its first save on the page is that of the saved form.
function belong(form, address, capture, version) {
  form.elements.version.value = version;
  if (new URL(form.action).pathname === address) return;
  form.action = address;
  history.replaceState(history.state, "", address);
  document.getElementById("entry").dataset.liveFor = capture;
  for (const link of form.querySelectorAll("a[data-field-more]")) {
    link.href = `/captures/${capture}/fields/${encodeURIComponent(link.dataset.fieldMore)}/`;
    link.hidden = false;
  }
}

function offerBoth(form, text) {
  form.setAttribute("data-kept", "");
  say(form, text);
  const note = document.querySelector("[data-conflict]");
  if (note) note.hidden = false;
}

function say(form, text) {
  const place = form.querySelector("[data-saved]");
  if (place && place.textContent !== text) place.textContent = text;
}

function show(page) {
  for (const fresh of page.querySelectorAll("form[data-look] :is(.field, .form-section)[id]")) {
    const shown = document.getElementById(fresh.id);
    if (!shown) continue;
    shown.hidden = fresh.hidden;
    shown.classList.toggle("has-error", fresh.classList.contains("has-error"));
    shown.classList.toggle("is-changed", fresh.classList.contains("is-changed"));
  }
  for (const fresh of page.querySelectorAll("form[data-look] :is([id$=_notes], [id$=_after])")) {
    const shown = document.getElementById(fresh.id);
    if (shown && shown.innerHTML !== fresh.innerHTML) shown.replaceChildren(...fresh.childNodes);
  }
  for (const fresh of page.querySelectorAll("form[data-look] input[readonly][id]")) {
    const shown = document.getElementById(fresh.id);
    if (shown) shown.value = fresh.value;
  }
}

// Before all others: what is sent must name the version that the save under way makes.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form !== entry() || !saves(form)) return;
    clearTimeout(timer);
    next = "";
    if (!underway) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    underway.then(() => form.requestSubmit(event.submitter));
  },
  true,
);

// The tab is hidden or closed: the last words are kept.
document.addEventListener("visibilitychange", () => {
  const form = entry();
  if (document.visibilityState !== "hidden" || !form?.matches("[data-autosave][data-dirty]:not([data-kept])")) return;
  const body = new FormData(form);
  body.set("act", "keep");
  const text = new URLSearchParams(body);
  fetch(form.action, { method: "POST", body: text, keepalive: String(text).length < KEEPALIVE_BYTES }).catch(() => {});
});

// -- why submitted values change: asked under the first field that is changed, and only then --

// Styles show it only while a field is changed; here it is put under the first one.
function askWhy() {
  const why = document.querySelector("[data-reason]:not([data-placed])");
  const changed = document.querySelector("form[data-look] .field.is-changed");
  if (!why || !changed) return;
  (changed.closest(".table-frame") ?? changed).after(why);
  why.dataset.placed = "";
}

document.addEventListener("input", (event) => {
  const observed = event.target.closest?.(".observed");
  const isMoved = (input) => input.value !== input.defaultValue;
  observed?.classList.toggle("is-changed", [...observed.querySelectorAll("input")].some(isMoved));
});

askWhy();

// -- more about a field, without leaving the form --

const dialog = () => document.querySelector("[data-field-dialog]");

async function openField(link) {
  await load(link.href);
  const box = dialog();
  if (!box.open) box.showModal();
  box.querySelector("h2")?.focus();
  box.addEventListener("close", () => link.focus(), { once: true });
}

async function load(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { "HX-Request": "true", "HX-Target": "field-panel" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const panel = page.getElementById("field-panel");
  if (!panel) return location.assign(address);
  dialog().querySelector("[data-field-content]").replaceChildren(panel);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-field-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !dialog()) return;
  event.preventDefault();
  openField(link).catch(() => location.assign(link.href));
});

document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (!sent.closest("[data-field-content]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  load(sent.action, { method: "POST", body: new FormData(sent) }).catch(() => sent.submit());
}, true);
