// Tables to fill in: rows are added, by the button, by Enter in the last one and by filling it; a block that was copied
// from a spreadsheet is pasted over the cells from where it is put.
//
//   table[data-rows="GROUP"][data-most]   its last row is the pattern of the next; [data-add-row] in its section

const INPUTS = "input:not([type=hidden]), select, textarea";
const lastRow = (table) => table.tBodies[0].rows[table.tBodies[0].rows.length - 1];
const inputsOf = (row) => [...row.querySelectorAll(INPUTS)];
const isFilled = (input) => (input.type === "radio" || input.type === "checkbox" ? input.checked : input.value !== "");

function addRow(table) {
  const last = lastRow(table);
  const { rows: group, most } = table.dataset;
  if (!last || table.tBodies[0].rows.length >= Number(most)) return undefined;
  const key = last.querySelector("th").textContent.trim();
  const next = String(Number(key) + 1);
  if (next === "NaN") return undefined;
  const row = last.cloneNode(true);
  row.querySelector("th").firstChild.textContent = next;
  for (const element of row.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "aria-describedby", "data-field-more"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll(`${group}[${key}]`, `${group}[${next}]`));
    }
    element.classList.remove("has-error", "is-changed", "is-invalid");
  }
  for (const told of row.querySelectorAll(".field-error, [id$=_after] > *, .field-more, .field-before")) told.remove();
  empty(row);
  last.after(row);
  return row;
}

function empty(row) {
  for (const input of inputsOf(row)) {
    if (input.type === "radio" || input.type === "checkbox") input.checked = false;
    else if (!input.name.endsWith("@unit")) input.value = "";
  }
}

function follow(table) {
  if (inputsOf(lastRow(table)).some((input) => !input.name.endsWith("@unit") && isFilled(input))) addRow(table);
}

document.addEventListener("input", (event) => {
  const table = event.target.closest?.("table[data-rows]");
  if (table) follow(table);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-add-row]");
  if (!button) return;
  const table = button.closest(".form-section").querySelector("table[data-rows]");
  const row = inputsOf(lastRow(table)).some(isFilled) ? addRow(table) : lastRow(table);
  (row ?? lastRow(table)).querySelector(INPUTS)?.focus();
});

// Enter goes down a column, as in a spreadsheet, into a new row at the end.
document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("table[data-rows] td");
  if (!cell || event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("input, select")) return;
  event.preventDefault();
  const row = cell.parentElement;
  const below = row.nextElementSibling ?? addRow(cell.closest("table"));
  below?.cells[cell.cellIndex]?.querySelector(INPUTS)?.focus();
});

function fill(cell, text) {
  const input = cell?.querySelector(INPUTS);
  if (!input || input.readOnly) return;
  const wanted = text.trim();
  const same = (label) => label.trim().toLowerCase() === wanted.toLowerCase();
  if (input.matches("select")) {
    const option = [...input.options].find((one) => one.value === wanted || same(one.textContent));
    if (option) input.value = option.value;
  } else if (input.type === "radio") {
    const radios = [...cell.querySelectorAll("input[type=radio]")];
    const radio = radios.find((one) => one.value === wanted || same(one.closest(".form-check")?.textContent ?? ""));
    if (radio) radio.checked = true;
  } else {
    input.value = wanted;
  }
}

document.addEventListener("paste", (event) => {
  const cell = event.target.closest?.("table[data-rows] td");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!cell || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  let row = cell.parentElement;
  for (const line of text.replace(/[\r\n]+$/, "").split(/\r?\n/)) {
    row ??= addRow(cell.closest("table"));
    if (!row) break;
    for (const [offset, value] of line.split("\t").entries()) fill(row.cells[cell.cellIndex + offset], value);
    row = row.nextElementSibling;
  }
  follow(cell.closest("table"));
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
});
