// The frame: search key, menus, toasts, announcements, and where the focus goes after a part of the page was replaced.
// Other modules speak to this one by events on `document`: "edc:toast" {text, url} and "edc:announce" {text}.

const TOAST_SECONDS = 12;

function announce(text) {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 50);
}

function toast({ text, url }) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const box = document.createElement("div");
  box.className = "notice";
  const words = document.createElement("span");
  words.className = "notice-text";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", `Close: ${text}`);
  close.addEventListener("click", () => box.remove());
  box.append(document.createElement("span"), words, close);
  if (url) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = "Open";
    link.setAttribute("aria-label", `Open: ${text}`);
    box.append(link);
  }
  place.append(box);
  while (place.children.length > 4) place.firstElementChild.remove();
  // A toast that somebody points at or has tabbed into stays.
  const timer = setInterval(() => {
    if (box.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    box.remove();
  }, TOAST_SECONDS * 1000);
  announce(text);
}

document.addEventListener("edc:toast", (event) => toast(event.detail));
document.addEventListener("edc:announce", (event) => announce(event.detail.text));

// -- keys and menus --

const typing = (element) => element?.matches("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) {
    const search = document.querySelector("[data-slash-focus]");
    if (!search) return;
    event.preventDefault();
    openMenu(true);
    search.focus();
  }
  if (event.key === "Escape") {
    const open = event.target.closest?.("details[data-menu][open]") ?? document.querySelector("details[data-menu][open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const link = event.target.closest?.("[data-error-summary] a[href^='#']");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (field) {
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  }
  if (event.target.closest?.("[data-menu-button]")) openMenu();
  if (event.target.closest?.("[data-print]")) print();
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

function openMenu(show) {
  const button = document.querySelector("[data-menu-button]");
  const menu = document.getElementById("site-menu");
  if (!button || !menu) return;
  const open = menu.classList.toggle("is-open", show);
  button.setAttribute("aria-expanded", String(open));
}

// -- focus after a change --

// An error first, then whatever the new part marks with data-focus, then its heading.
function focusOn(part) {
  const goal =
    part.querySelector("[data-error-summary]") ?? part.querySelector("[data-focus]") ?? part.querySelector("h1, h2");
  if (!goal) return;
  if (!goal.matches("a, button, input, select, textarea, [tabindex]")) goal.tabIndex = -1;
  goal.focus();
}

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail.ctx?.target;
  if (!target) return;
  const part = target.isConnected ? target : document.getElementById(target.id);
  if (!part || (document.activeElement && document.activeElement !== document.body)) {
    if (part?.querySelector("[data-error-summary]")) focusOn(part);
    return;
  }
  focusOn(part);
});

// A request that was sent to the sign-in page: the session is over, so go there instead of showing it inside a part.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  const signIn = new URL(document.body.dataset.signInUrl ?? "/", location.href).pathname;
  if (!raw.redirected || new URL(raw.url).pathname !== signIn) return;
  event.preventDefault();
  location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
});

const PROBLEMS = {
  403: "You may see this, but not do that.",
  404: "This is no longer there, or no longer open to you.",
  413: "That is too large to send.",
  429: "Too many tries. Wait a minute and try again.",
};

document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if ([409, 412, 422].includes(status)) return;
  toast({ text: PROBLEMS[status] ?? "That did not work, and nothing was changed. Try again in a moment." });
});

document.addEventListener("htmx:error", () => {
  toast({ text: "No connection to the portal. What you typed is still on this page; try again in a moment." });
});

document.querySelector("[data-error-summary]")?.focus();
