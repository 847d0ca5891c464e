// The subjects grid: arrow keys, Home and End move between the cells; Enter opens one, as it does every link.
// One cell at a time is in the order of the Tab key, so that Tab leaves the grid instead of crossing it.

const KEYS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const links = (row) => [...row.querySelectorAll("a")];
const cellOf = (link) => link.closest("th, td");

function settle(grid) {
  const all = [...grid.querySelectorAll("tbody a")];
  const current = all.find((link) => link === document.activeElement) ?? all[0];
  for (const link of all) link.tabIndex = link === current ? 0 : -1;
}

function go(grid, link) {
  if (!link) return;
  link.focus();
  settle(grid);
}

// The next row's cell in the same column, or the nearest one in it that can be opened.
function across(from, rows) {
  const column = cellOf(from).cellIndex;
  for (const row of rows) {
    const found = links(row).sort(
      (a, b) => Math.abs(cellOf(a).cellIndex - column) - Math.abs(cellOf(b).cellIndex - column),
    );
    if (found.length) return found[0];
  }
  return undefined;
}

document.addEventListener("keydown", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  const link = event.target.closest?.("tbody a");
  if (!grid || !link || event.altKey || event.metaKey || event.shiftKey) return;
  const row = link.closest("tr");
  const own = links(row);
  let goal;
  if (event.key === "Home") goal = event.ctrlKey ? links(row.parentElement.rows[0])[0] : own[0];
  else if (event.key === "End") goal = event.ctrlKey ? links([...row.parentElement.rows].at(-1)).at(-1) : own.at(-1);
  else if (event.key in KEYS && !event.ctrlKey) {
    const [down, right] = KEYS[event.key];
    const rows = [...row.parentElement.rows];
    const here = rows.indexOf(row);
    if (right) goal = own[own.indexOf(link) + right];
    else goal = across(link, down > 0 ? rows.slice(here + 1) : rows.slice(0, here).reverse());
  } else return;
  event.preventDefault();
  go(grid, goal);
});

document.addEventListener("focusin", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  if (grid && event.target.matches("tbody a")) settle(grid);
});

function start() {
  for (const grid of document.querySelectorAll("[data-grid]")) settle(grid);
}

start();
// The list was filtered, or refreshed itself.
new MutationObserver(start).observe(document.getElementById("main"), { childList: true, subtree: true });
