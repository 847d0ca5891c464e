// Warns before an idle session ends and keeps it open while the person works. The server decides; this only tells.
// <body data-idle-seconds data-keepalive-url data-sign-in-url>. Tabs of one browser tell each other.

const { idleSeconds, keepaliveUrl, signInUrl = "/" } = document.body.dataset;
const idle = Number(idleSeconds) * 1000;
const warning = Math.min(120_000, idle / 2);
const renewal = Math.min(300_000, idle / 3);
const dialog = document.getElementById("session-dialog");
const tabs = new BroadcastChannel("edc-session");
let renewed = Date.now();
let leaving = false;

function heard(at) {
  renewed = Math.max(renewed, at);
  if (dialog.open && idle - (Date.now() - renewed) > warning) dialog.close();
}

function renew() {
  const at = Date.now();
  heard(at);
  tabs.postMessage(at);
}

function leave() {
  if (leaving) return;
  leaving = true;
  // The question before leaving would keep private data on the screen of somebody who is not there.
  for (const form of document.querySelectorAll("form[data-guard]")) form.removeAttribute("data-guard");
  location.assign(`${signInUrl}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

// Signed out elsewhere. Where it was here, the browser is on its way already; this must not overtake it.
document.addEventListener("edc:signed-out", () => {
  document.getElementById("main").replaceChildren();
  setTimeout(leave, 1000);
});

async function stay() {
  if (!keepaliveUrl) return;
  try {
    const answer = await fetch(keepaliveUrl, {
      method: "POST",
      redirect: "manual",
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    });
    if (answer.ok) renew();
    else leave();
  } catch {
    document.dispatchEvent(
      new CustomEvent("edc:toast", { detail: { text: "No connection to the portal; trying again." } }),
    );
  }
}

function words(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds > 90) return "in two minutes";
  return seconds === 1 ? "in 1 second" : `in ${seconds} seconds`;
}

function look() {
  const left = idle - (Date.now() - renewed);
  if (left <= 0) {
    leave();
  } else if (left <= warning) {
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[data-session-left]").textContent = words(left);
  }
}

let working = false;

async function worked() {
  if (working || dialog.open || Date.now() - renewed < renewal) return;
  working = true;
  await stay();
  working = false;
}

if (idle && dialog) {
  tabs.addEventListener("message", (event) => heard(event.data));
  tabs.postMessage(renewed);
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("keydown", worked);
  document.addEventListener("pointerdown", worked);
  document.addEventListener("htmx:after:request", renew);
  dialog.querySelector("[data-session-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  dialog.querySelector("[data-session-leave]").addEventListener("click", () => {
    document.querySelector("form[data-sign-out]")?.requestSubmit();
  });
}
