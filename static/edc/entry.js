// Data entry: after each change the server looks at what was typed, and the page shows what it finds.
//
//   form[data-look]   is sent with act=look when a field is left; nothing is saved, and no field that takes input is touched

const form = document.querySelector("form[data-look]");
let asked;

async function look() {
  asked?.abort();
  asked = new AbortController();
  const body = new FormData(form);
  body.set("act", "look");
  try {
    const answer = await fetch(location.href, { method: "POST", body, signal: asked.signal });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    // Without a connection the form works as it does without this script.
    if (error.name !== "AbortError") console.info("The form could not be looked at:", error.message);
  }
}

function show(page) {
  for (const fresh of page.querySelectorAll("form[data-look] :is(.field, .form-section)[id]")) {
    const shown = document.getElementById(fresh.id);
    if (!shown) continue;
    shown.hidden = fresh.hidden;
    shown.classList.toggle("has-error", fresh.classList.contains("has-error"));
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

form?.addEventListener("change", look);
