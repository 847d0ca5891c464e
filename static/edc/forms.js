// Forms: what was typed and not sent, sending once, and the keys of data entry.
//
//   form[data-guard]   asks before the page is left with unsent changes that are not kept either (data-kept)
//   form[data-keys]    Ctrl+S clicks [data-save], Ctrl+Enter clicks [data-submit], Enter in a text field does nothing

const SECONDS_BETWEEN_SENDS = 5;

document.addEventListener("input", (event) => {
  event.target.form?.setAttribute("data-dirty", "");
});

document.addEventListener("reset", (event) => event.target.removeAttribute("data-dirty"));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented && !form.hasAttribute("data-sent")) return;
  if (form.method !== "post") return;
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.setAttribute("data-sent", "");
  form.removeAttribute("data-dirty");
  setTimeout(() => form.removeAttribute("data-sent"), SECONDS_BETWEEN_SENDS * 1000);
});

// A draft that htmx saved is no longer unsent.
document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  const form = sourceElement?.closest?.("form");
  if (!form) return;
  form.removeAttribute("data-sent");
  if (response.status < 300) form.removeAttribute("data-dirty");
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) form.removeAttribute("data-sent");
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-guard][data-dirty]:not([data-kept])")) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.form ?? event.target.closest?.("form");
  if (!form?.hasAttribute("data-keys")) return;
  const held = event.ctrlKey || event.metaKey;
  if (held && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.querySelector("[data-save]")?.click();
  } else if (held && event.key === "Enter") {
    event.preventDefault();
    form.querySelector("[data-submit]")?.click();
  } else if (event.key === "Enter" && event.target.matches("input:not([type=submit], [type=button], [type=file])")) {
    event.preventDefault();
  }
});
