// The schedule changes by itself: server-sent events tell that something changed, the page then fetches its part anew.
// Where no stream is to be had (503 at a full house, a proxy in between) it asks every few seconds; an unchanged answer is a 304 without a body.
import { paint } from "./stars.js";

const POLL_MS = 4000;
const SPREAD_MS = 1000;
const MINUTE_MS = 60000;
const STREAM_AGAIN_MS = 60000;
const PATIENCE_MS = 15000; // an answer that takes longer is none: on a bad network requests hang for minutes
const SILENCE_MS = 20000; // the server says something every five seconds; a stream that is silent for four times that is dead
const LISTEN_MS = 5000;
const live = document.getElementById("live");
const state = document.getElementById("live-state");
const announce = document.getElementById("announce");
const only = document.getElementById("only-starred");
const noStars = document.getElementById("no-stars");
let polling = 0;
let fetching = false;
let again = false;
let streaming = false;
let source = null;
let heard = 0;

function stamps() {
  return new Map([...live.querySelectorAll("[data-stamp]")].map((each) => [each.dataset.session, each.dataset.stamp]));
}

const dayShown = () => live.querySelector(".board")?.dataset.day;

function show(html) {
  const [before, day] = [stamps(), dayShown()];
  const back = wayBack();
  const fresh = live.cloneNode(false);
  fresh.innerHTML = html;
  become(live, fresh);
  paint(live);
  explain();
  if (dayShown() !== day) {
    turnTo(dayShown());
    return;
  }
  if (back && document.activeElement === document.body) live.querySelector(back)?.focus({ preventScroll: true });
  tell(before);
}

// Where the focus is among the sessions, should its place be built anew.
function wayBack() {
  const focused = document.activeElement;
  const session = live.contains(focused) ? focused.closest("[data-session]") : null;
  if (!session) return null;
  const list = session.classList.contains("brief") ? ".brief" : ".session";
  return `${list}[data-session="${CSS.escape(session.dataset.session)}"] ${focused.matches("[data-star]") ? "[data-star]" : "a"}`;
}

// What stayed the same stays in its place: focus, scrolling and where a screen reader reads outlive the change of a time of day somewhere.
function become(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [mine, theirs] = [[...old.childNodes], [...fresh.childNodes]];
  theirs.forEach((each, i) => {
    const own = mine[i];
    if (!own) old.append(each);
    else if (own.nodeName !== each.nodeName || own.dataset?.session !== each.dataset?.session) own.replaceWith(each);
    else if (own.nodeType !== Node.ELEMENT_NODE) { if (own.data !== each.data) own.data = each.data; }
    else become(own, each);
  });
  for (const own of mine.slice(theirs.length)) own.remove();
}

// The page was left open over the change of days, and no day was chosen: what is shown is another day's board, and nothing on it changed.
function turnTo(day) {
  for (const each of document.querySelectorAll(".days [data-day]")) {
    if (each.dataset.day === day) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  announce.textContent = `Now showing ${live.querySelector(".board h2").textContent.trim()}.`;
}

function tell(before) {
  const changed = [...live.querySelectorAll("[data-stamp]")].filter((each) => before.get(each.dataset.session) !== each.dataset.stamp);
  for (const each of changed) each.classList.add("fresh");
  if (!changed.length) return;
  const titles = changed.slice(0, 3).map((each) => each.querySelector(".title").textContent.trim());
  announce.textContent = `Schedule changed: ${titles.join(", ")}${changed.length > 3 ? ` and ${changed.length - 3} more` : ""}.`;
}

let shown = null;
async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(live.dataset.fragment, { cache: "no-cache", signal: late.signal });
    if (answer.ok) {
      const html = await answer.text();
      if (html !== shown) show(html);
      shown = html;
      if (polling || streaming) say(polling ? "updates every few seconds" : "live");
    } else say("the server does not answer; shown as last known", true);
  } catch {
    say("no connection; shown as last known", true);
  }
  clearTimeout(timer);
  fetching = false;
  if (again) {
    again = false;
    refresh();
  }
}

function say(text, lost = false) {
  if (state.textContent !== text) state.textContent = text; // a screen reader tells it once
  state.classList.toggle("lost", lost);
}

function poll() {
  if (polling) return;
  say("updates every few seconds");
  polling = setInterval(refresh, POLL_MS + Math.random() * SPREAD_MS); // not all pages at once
  refresh();
}

function listen() {
  if (!window.EventSource) return poll();
  source = new EventSource(live.dataset.events);
  heard = performance.now();
  source.addEventListener("beat", () => { heard = performance.now(); });
  source.addEventListener("revision", () => {
    heard = performance.now();
    clearInterval(polling);
    polling = 0;
    streaming = true;
    refresh();
  });
  source.addEventListener("error", () => {
    streaming = false;
    poll();
    // A 503 closes the stream for good; a broken connection is opened again by the browser.
    if (source?.readyState === EventSource.CLOSED) askAgain();
  });
}

function askAgain() {
  source.close();
  source = null;
  setTimeout(listen, STREAM_AGAIN_MS);
}

// A phone that went out of reach, a proxy that holds everything back: no error tells of it, and the page would call itself live for ever.
function mindTheStream() {
  if (!source || performance.now() - heard < SILENCE_MS) return;
  streaming = false;
  askAgain();
  poll();
}

only.addEventListener("click", () => {
  const on = only.getAttribute("aria-pressed") !== "true";
  only.setAttribute("aria-pressed", String(on));
  live.classList.toggle("only-starred", on);
});
document.addEventListener("click", explain); // after the star itself, whose listener is older

// With no star on this day "Only starred" leaves nothing: say why.
function explain() {
  const empty = live.classList.contains("only-starred") && !live.querySelector(".session.starred");
  noStars.hidden = !empty;
  noStars.textContent = empty ? "None of this day’s sessions has your star. The ☆ beside a session keeps it for you." : "";
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(mindTheStream, LISTEN_MS);
setInterval(refresh, MINUTE_MS); // "now" moves on without any card moving
paint();
listen();
