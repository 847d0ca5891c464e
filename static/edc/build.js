// Study building: expressions are looked at while they are typed, and only what an item's type knows is shown.
//
//   [data-expression]      an expression; beside it [data-said-for] says what the portal makes of it
//   [data-insert]          puts a name into the expression that was edited last
//   [data-preview-of]      shows what the form of this id would make, as its data-preview answers
//   form[data-by-type]     shows fieldsets [data-types] where the chosen type is among them

const PAUSE = 400;
const timers = new Map();
let last = document.querySelector("[data-expression]");

async function ask(field) {
  const said = document.querySelector(`[data-said-for="${field.id}"]`);
  if (!said) return;
  if (!field.value.trim()) return said.replaceChildren();
  const text = field.value;
  try {
    const answer = await fetch(said.dataset.ask, { method: "POST", body: new FormData(field.form) });
    if (!answer.ok || field.value !== text) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    said.replaceChildren(...page.body.childNodes);
  } catch (error) {
    // Without a connection it is looked at when it is saved.
    console.info("The expression could not be looked at:", error.message);
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-expression]")) last = event.target;
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches("[data-expression]")) return;
  clearTimeout(timers.get(field));
  timers.set(field, setTimeout(() => ask(field), PAUSE));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert]");
  if (!button || !last) return;
  last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
  last.focus();
  last.dispatchEvent(new Event("input", { bubbles: true }));
});

for (const form of document.querySelectorAll("form[data-by-type]")) {
  const show = () => {
    for (const group of form.querySelectorAll("[data-types]")) {
      group.hidden = !group.dataset.types.split(" ").includes(form.elements.type.value);
    }
  };
  form.elements.type.addEventListener("change", show);
  show();
}

for (const field of document.querySelectorAll("[data-expression]")) ask(field);

for (const panel of document.querySelectorAll("[data-preview-of]")) {
  const form = document.getElementById(panel.dataset.previewOf);
  let timer;
  let shown;
  const show = async () => {
    const body = new FormData(form);
    const text = new URLSearchParams(body).toString();
    if (text === shown) return;
    shown = text;
    try {
      const answer = await fetch(panel.dataset.preview, { method: "POST", body });
      if (!answer.ok || text !== shown) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      panel.replaceChildren(...page.body.childNodes);
    } catch (error) {
      console.info("The preview could not be shown:", error.message);
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  });
  show();
}
