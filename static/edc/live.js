// The live feed: hears what changed (kinds and ids only), says so, and fetches anew the parts of the page it concerns.
//
//   <section id="captures" data-live="captures appointments" data-live-url="/…" data-live-for="<id> <id>">
//     is fetched again when an event's kind begins with one of these words ("*": any); data-live-url is the page's own
//     address unless given; data-live-for narrows it to events that name one of these ids; data-live-by="others" leaves
//     out what one did oneself.
//   "edc:live" on document carries each event to whatever else a page wants to do with it.

const KINDS = {
  "captures.created": "New data was entered",
  "captures.finalised": "A form was finalised",
  "captures.marked_not_done": "A form was marked as not done",
  "captures.query_answered": "A data query was answered",
  "captures.query_cancelled": "A data query was taken back",
  "captures.query_closed": "A data query was closed",
  "captures.query_raised": "A data query was raised",
  "captures.query_requeried": "A data query is asked again",
  "captures.moved": "Forms went to another study version",
  "captures.reopened": "A form was opened again",
  "captures.restored": "A form is no longer marked as not done",
  "captures.saved": "Data was saved",
  "captures.submitted": "A form was submitted",
  "messaging.conversation_started": "New conversation",
  "messaging.sent": "New message",
  "patients.appointment_booked": "New appointment",
  "patients.appointment_cancelled": "An appointment was cancelled",
  "patients.appointment_changed": "An appointment was changed",
  "patients.appointment_requested": "Somebody asks for an appointment",
  "patients.disposition_changed": "The status of a subject has changed",
  "patients.subject_enrolled": "A subject was enrolled",
  "trials.status_changed": "The status of a trial has changed",
};
// What concerns oneself, in the words of a participant; the rest is said as above.
const OWN_KINDS = {
  "captures.created": "Something was entered about you",
  "captures.finalised": "Your study team has checked a form of yours",
  "captures.reopened": "Your study team looks at a form of yours again",
  "captures.saved": "Something about you was changed",
  "captures.submitted": "A form of yours was sent",
  "messaging.conversation_started": "A message for you",
  "messaging.sent": "A message for you",
  "patients.appointment_booked": "You have a new appointment",
  "patients.appointment_cancelled": "An appointment of yours was cancelled",
  "patients.appointment_changed": "An appointment of yours was changed",
  "patients.appointment_requested": "An appointment was asked for",
  "patients.disposition_changed": "Your part in the study has changed",
  "patients.subject_enrolled": "You were added to a study",
  "trials.status_changed": "Your study has changed",
};
// Where the subject's number is read: events carry ids alone.
const NUMBERS = { Appointment: "appointments", DataCapture: "captures", DataQuery: "queries", Subject: "subjects" };
const SECONDS_AFTER_A_BURST = 0.25;
const LONGEST_PAUSE = 30_000;
const FINAL = { 4401: "You have been signed out.", 4403: "", 4404: "" };
const BAD_CURSOR = 4400;

const waiting = new Set();
let news = [];
let cursor = document.body.dataset.liveCursor;
let access;
let returned = false;
let pause = 1000;
let timer;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

// -- the connection --

function connect() {
  const address = new URL(`/ws/live/?cursor=${encodeURIComponent(cursor)}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.addEventListener("message", (message) => {
    pause = 1000;
    document.body.dataset.liveState = "open";
    receive(JSON.parse(message.data));
  });
  socket.addEventListener("open", () => {
    returned = true;
    document.body.dataset.liveState = "open";
  });
  socket.addEventListener("close", (closed) => {
    document.body.dataset.liveState = "closed";
    if (closed.code in FINAL) {
      if (FINAL[closed.code]) {
        tell("edc:toast", { text: FINAL[closed.code], url: document.body.dataset.signInUrl });
        tell("edc:signed-out");
      }
      return;
    }
    // The feed never came as far as this page says: what it shows is of another time.
    if (closed.code === BAD_CURSOR) {
      loadAgain();
      return;
    }
    setTimeout(connect, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

// Shows nothing of what may no longer be seen while the page is fetched again, by a GET, also where it answered a POST.
function loadAgain() {
  document.getElementById("main").replaceChildren();
  for (const form of document.querySelectorAll("form[data-guard]")) form.removeAttribute("data-guard");
  location.replace(location.pathname + location.search);
}

function receive({ cursor: reached, events = [], access: now, lost }) {
  // While the connection was gone rights may have ended too: then they are others than before.
  if (lost || (returned && access && access !== now)) {
    loadAgain();
    return;
  }
  returned = false;
  access = now ?? access;
  for (const event of events) {
    tell("edc:live", event);
    // What one did oneself, here or in another tab, is no news; nor is what has no words.
    if (event.kind in KINDS && event.by !== document.body.dataset.personId) news.push(event);
    for (const part of document.querySelectorAll("[data-live][id]")) {
      if (concerns(part, event)) waiting.add(part.id);
    }
  }
  if (reached !== undefined && reached !== null) cursor = reached;
  clearTimeout(timer);
  timer = setTimeout(settle, SECONDS_AFTER_A_BURST * 1000);
}

function concerns(part, event) {
  if (part.dataset.liveBy === "others" && event.by === document.body.dataset.personId) return false;
  const ids = part.dataset.liveFor?.split(/\s+/).filter(Boolean);
  const named = [event.id, event.subject, event.patient, event.site, event.trial];
  if (ids?.length && !named.some((id) => ids.includes(id))) return false;
  return part.dataset.live.split(/\s+/).some((topic) => topic === "*" || event.kind.startsWith(topic));
}

function settle() {
  const heard = news;
  news = [];
  if (heard.length > 3) {
    tell("edc:toast", { text: `${heard.length} things have changed` });
  } else {
    for (const event of heard) {
      const url = event.entity && event.id ? `/go/${event.entity}/${event.id}/` : undefined;
      wordsOf(event).then((text) => tell("edc:toast", { text, url }));
    }
  }
  const parts = [...waiting];
  waiting.clear();
  for (const id of parts) refresh(id);
}

async function wordsOf(event) {
  if (document.body.classList.contains("is-participant")) return OWN_KINDS[event.kind];
  const words = KINDS[event.kind];
  if (!(event.entity in NUMBERS && event.id)) return words;
  try {
    const answer = await fetch(`/api/v1/${NUMBERS[event.entity]}/${event.id}/`, {
      headers: { "X-Background": "1", Accept: "application/json" },
    });
    const row = answer.ok ? await answer.json() : {};
    const number = row.subject_number ?? row.number;
    return number ? `${number}: ${words}` : words;
  } catch {
    return words;
  }
}

// -- the parts of the page --

async function refresh(id) {
  const part = document.getElementById(id);
  if (!part) return;
  if (part.querySelector("form[data-dirty]") || part.closest("form[data-dirty]")) {
    offerReload(part);
    return;
  }
  let answer;
  try {
    answer = await fetch(part.dataset.liveUrl || location.href, {
      // X-Background: this is no sign of life, so it does not prolong an idle session.
      headers: { "HX-Request": "true", "HX-Target": id, "X-Background": "1", Accept: "text/html" },
      redirect: "error",
    });
  } catch {
    return;
  }
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = document.getElementById(id);
  const fresh = page.getElementById(id);
  if (!now || !fresh) return;
  if (now.querySelector("form[data-dirty]")) {
    offerReload(now);
    return;
  }
  swap(now, fresh);
  if (id === "counters") return;
  const counters = page.getElementById("counters");
  const shown = document.getElementById("counters");
  if (counters && shown) swap(shown, counters);
}

function swap(old, fresh) {
  const focus = trace(old, document.activeElement);
  const places = scrollers(old).map((box) => [box.scrollLeft, box.scrollTop]);
  const open = [...old.querySelectorAll("details")].map((box) => box.open);
  document.adoptNode(fresh);
  old.replaceWith(fresh);
  for (const [index, box] of [...fresh.querySelectorAll("details")].entries()) box.open ||= open[index] ?? false;
  for (const [index, box] of scrollers(fresh).entries()) {
    if (places[index]) [box.scrollLeft, box.scrollTop] = places[index];
  }
  window.htmx?.process(fresh);
  focus?.(fresh);
}

const scrollers = (part) => [part, ...part.querySelectorAll(".table-frame")];

// How to find again, in the new part, what had the focus in the old one.
function trace(part, element) {
  if (!element || !part.contains(element)) return undefined;
  const attribute = ["id", "href", "name", "value"].find((name) => element.getAttribute(name));
  const selector = attribute && `${element.tagName}[${attribute}=${CSS.escape(element.getAttribute(attribute))}]`;
  return (fresh) => {
    const goal = (selector && fresh.querySelector(selector)) || fresh;
    if (goal === fresh) fresh.tabIndex = -1;
    goal.focus({ preventScroll: true });
  };
}

// Somebody is typing here: leave it, and say that there is something newer.
function offerReload(part) {
  const id = `${part.id}-changed`;
  if (document.getElementById(id)) return;
  const note = document.createElement("div");
  note.id = id;
  note.className = "alert alert-warning";
  const text = document.createElement("p");
  text.textContent = "This was changed elsewhere while you were typing. What you typed is kept. ";
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Load the new version";
  text.append(link);
  note.append(text);
  (part.closest("form") ?? part).before(note);
  tell("edc:announce", { text: text.textContent });
}

if (cursor !== undefined && "WebSocket" in window) connect();
