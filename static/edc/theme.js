// Sets light or dark before the first paint; loaded in <head> without defer. The choice is a preference of this
// browser and the only thing the portal keeps in localStorage.
(() => {
  // The admin keeps its own switch under this key: one choice holds for both.
  const key = "theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const chosen = () => {
    try {
      const choice = localStorage.getItem(key);
      return ["light", "dark"].includes(choice) ? choice : null;
    } catch {
      return null;
    }
  };
  const apply = () => {
    root.dataset.bsTheme = chosen() ?? (system.matches ? "dark" : "light");
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
    }
  };
  root.classList.add("has-js");
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("DOMContentLoaded", () => {
    apply();
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-theme-toggle]")) return;
      try {
        localStorage.setItem(key, root.dataset.bsTheme === "dark" ? "light" : "dark");
      } catch {
        return;
      }
      apply();
    });
  });
})();
