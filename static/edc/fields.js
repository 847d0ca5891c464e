// Fields of forms: scales with a slider, and choices that are picked by typing their code.
//
//   [data-scale]          a box for a number: a slider comes with it; [data-scale-hides] shows the slider alone
//   form[data-codes]      typing a code picks the choice of this code in the group or list that has the focus

const PAUSE = 800;

// -- scales --

function prepare() {
  for (const scale of document.querySelectorAll("[data-scale]:not([data-scale-ready])")) {
    const { slider, box } = partsOf(scale);
    if (box.readOnly) continue;
    scale.setAttribute("data-scale-ready", "");
    slider.hidden = false;
    slider.disabled = box.disabled;
    show(scale);
  }
}

const partsOf = (scale) => ({
  slider: scale.querySelector("[data-scale-slider]"),
  box: scale.querySelector("input[name]"),
  clear: scale.querySelector("[data-scale-clear]"),
});

function show(scale) {
  const { slider, box, clear } = partsOf(scale);
  const given = box.value.trim() !== "" && Number.isFinite(Number(box.value));
  const middle = (Number(slider.min) + Number(slider.max)) / 2;
  slider.value = given ? box.value : middle;
  slider.classList.toggle("is-unset", !given);
  clear.hidden = !given;
  if (!given) slider.setAttribute("aria-valuetext", "not answered");
  else if (scale.hasAttribute("data-scale-hides")) slider.setAttribute("aria-valuetext", inWords(slider));
  else slider.removeAttribute("aria-valuetext");
}

function inWords(slider) {
  const share = (slider.value - slider.min) / (slider.max - slider.min);
  return `${Math.round(share * 100)} percent of the line`;
}

function take(scale, value) {
  const { box } = partsOf(scale);
  box.value = value;
  show(scale);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  const scale = event.target.closest?.("[data-scale]");
  if (!scale) return;
  if (event.target.matches("[data-scale-slider]")) take(scale, event.target.value);
  else show(scale);
});

// A click on the middle, or Enter, answers with what the slider shows.
document.addEventListener("click", (event) => {
  const scale = event.target.closest?.("[data-scale]");
  if (!scale) return;
  if (event.target.matches("[data-scale-slider].is-unset")) take(scale, event.target.value);
  if (event.target.closest("[data-scale-clear]")) {
    const { slider, box } = partsOf(scale);
    take(scale, "");
    box.dispatchEvent(new Event("change", { bubbles: true }));
    slider.focus();
  }
});

document.addEventListener("htmx:after:swap", prepare);
prepare();

// -- choices by code --

let written = "";
let group;
let timer;

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.form?.hasAttribute("data-codes") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!field.matches("select, input[type=radio], input[type=checkbox]") || event.key.length !== 1) return;
  const choices = choicesOf(field);
  if (group !== field.name) written = "";
  group = field.name;
  const longer = written + event.key.toLowerCase();
  written = starting(choices, longer).length ? longer : event.key.toLowerCase();
  const found = event.key === " " ? [] : starting(choices, written);
  clearTimeout(timer);
  if (!found.length) {
    written = "";
    return;
  }
  event.preventDefault();
  const exact = found.find((choice) => codeOf(choice) === written);
  const pickNow = exact && (found.length === 1 || field.type !== "checkbox");
  if (pickNow) pick(exact, field);
  timer = setTimeout(() => {
    if (exact && !pickNow) pick(exact, field);
    written = "";
  }, PAUSE);
});

const codeOf = (choice) => choice.value.toLowerCase();
const starting = (choices, text) => choices.filter((choice) => choice.value && codeOf(choice).startsWith(text));

function choicesOf(field) {
  if (field.localName === "select") return [...field.options];
  return [...field.form.elements].filter((one) => one.type === field.type && one.name === field.name);
}

function pick(choice, field) {
  if (field.localName !== "select") {
    choice.focus();
    choice.click();
    return;
  }
  if (field.value === choice.value) return;
  field.value = choice.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}
