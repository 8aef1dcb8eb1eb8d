// Photos are kept in this browser (IndexedDB) from the moment they are taken until the server has acknowledged them. No service worker: those
// need TLS, which a hall's own network rarely has. Each photo has a key of its own, so that one sent twice is taken once.
import { tooLarge } from "./sizes.js";

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30000;
const MINUTE_MS = 60000;
const SHOWN_SENT = 8;
const ASK_MS = 3000; // while a photo waits to be read
const ASK_AGAIN_MS = 20000; // one that could not be read may be tried again: by itself once the whole board was seen, or from the review page
const REFUSED = [413, 422]; // this photo will never be taken; everything else is tried again
const form = document.getElementById("phone");
const list = document.getElementById("queue");
const state = document.getElementById("phone-state");
const token = form.elements.csrf_token.value;
const sent = [];
let retry = 0;
let asking = 0;
let pause = FIRST_RETRY_MS;
let busy = false;
let newDay = ""; // the board that a new day brought, until somebody chooses another
let trouble = null; // why what waits was not sent yet: { text, href }
document.documentElement.classList.add("js");

const done = (request) => new Promise((resolve, reject) => {
  request.addEventListener("success", () => resolve(request.result));
  request.addEventListener("error", () => reject(request.error));
});

const opening = indexedDB.open("boardcast", 1);
opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("photos", { keyPath: "key" }));
const database = done(opening);

async function stored(mode, act) {
  const transaction = (await database).transaction("photos", mode, { durability: "strict" });
  const settled = new Promise((resolve, reject) => {
    transaction.addEventListener("complete", resolve);
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
  const result = await done(act(transaction.objectStore("photos")));
  await settled;
  return result;
}

const queued = async () => (await stored("readonly", (photos) => photos.getAll())).sort((a, b) => a.taken_ms - b.taken_ms);
const keep = (photo) => stored("readwrite", (photos) => photos.put(photo));
const forget = (photo) => stored("readwrite", (photos) => photos.delete(photo.key));

// crypto.randomUUID wants TLS, too.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function take(files) {
  for (const file of files) {
    await keep({ key: newKey(), board: form.elements.board.value, name: file.name, taken_ms: file.lastModified || Date.now(), blob: file, refused: tooLarge(form, [file]) });
  }
  await show();
  flush();
}

// One photo after the other, the oldest first; the first that cannot be sent ends the round.
async function flush() {
  clearTimeout(retry);
  if (busy) return;
  busy = true;
  try {
    for (let photo; (photo = (await queued()).find((each) => !each.refused)); ) {
      trouble = null;
      await show(photo.key);
      trouble = await send(photo);
      if (trouble) break;
    }
  } finally {
    busy = false;
  }
  if (trouble) retry = setTimeout(flush, pause);
  pause = trouble ? Math.min(2 * pause, LAST_RETRY_MS) : FIRST_RETRY_MS;
  await show();
}

// Nothing where the photo is settled, taken or refused; else why it is not.
async function send(photo) {
  const body = new FormData();
  body.set("board", photo.board);
  body.set("taken_ms", photo.taken_ms);
  body.set("photo", photo.blob, photo.name);
  const headers = { "Idempotency-Key": photo.key, "X-CSRFToken": token, Accept: "application/json" };
  let answer;
  try {
    answer = await fetch(form.dataset.send, { method: "POST", body, headers, redirect: "manual" });
  } catch {
    return { text: "No connection." };
  }
  if (answer.type === "opaqueredirect") return { text: "The login has ended.", href: form.dataset.login };
  if (answer.ok) {
    await forget(photo);
    const { id } = await answer.json().catch(() => ({}));
    sent.unshift({ ...photo, id, at: new Date(), fate: { state: "waiting", message: "" } });
    sent.length = Math.min(sent.length, SHOWN_SENT);
    clearTimeout(asking);
    asking = setTimeout(ask, ASK_MS);
    return null;
  }
  const told = await answer.json().catch(() => ({}));
  const text = [told.error, told.evidence, told.remedy].filter(Boolean).join(" ") || `The server answers ${answer.status}.`;
  if (!REFUSED.includes(answer.status)) return { text, href: answer.status === 400 ? location.href : undefined };
  await keep({ ...photo, refused: text });
  return null;
}

// What became of each photo that arrived: one that was blurred is taken again while somebody still stands before the board.
async function ask() {
  const unread = () => sent.filter((photo) => photo.id && photo.fate.state !== "read");
  let heard = true;
  for (const photo of unread()) {
    const answer = await fetch(`${form.dataset.send}/${photo.id}`, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
    if (answer?.status === 404) {
      photo.id = null; // discarded on the review page
      continue;
    }
    heard = Boolean(answer?.ok);
    if (!heard) break;
    photo.fate = await answer.json().catch(() => photo.fate);
  }
  await show();
  clearTimeout(asking);
  const soon = heard && unread().some((photo) => photo.fate.state === "waiting");
  if (unread().length) asking = setTimeout(ask, soon ? ASK_MS : ASK_AGAIN_MS);
}

function told({ at, fate }) {
  const arrived = `arrived ${clock(at)}`;
  if (fate.state === "failed") return `${arrived}, but could not be read. ${fate.message}`;
  return fate.state === "read" ? `${arrived}, and was read. ${fate.message}` : arrived;
}

async function show(sending) {
  const photos = await queued();
  const waiting = photos.filter((photo) => !photo.refused).length;
  const many = `${waiting} photo${waiting === 1 ? "" : "s"}`;
  state.replaceChildren();
  if (trouble && waiting) {
    state.append(`${trouble.text} ${many} kept on this phone; sent by ${waiting === 1 ? "itself" : "themselves"} as soon as it works. `);
    if (trouble.href) state.append(Object.assign(document.createElement("a"), { href: trouble.href, textContent: "Go on here." }));
  } else if (waiting) state.append(`Sending ${many}…`);
  else if (photos.length) state.append("Not all photos were taken; the reason stands beside each.");
  else if (sent.some((photo) => photo.fate.state === "failed")) state.append("All photos have arrived. Not all could be read; the reason stands beside each.");
  else if (sent.length) state.append("All photos have arrived.");
  if (newDay) state.append(`${state.textContent ? " " : ""}A new day: photos are now of ${newDay}.`);
  list.replaceChildren(...photos.map((photo) => row(photo, photo.refused || (photo.key === sending ? "sending…" : "waiting"))), ...sent.map((photo) => row(photo, told(photo))));
}

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const pictures = new Map(); // key -> address of its picture, given back once it is not shown any more

function row(photo, text) {
  const item = document.createElement("li");
  const picture = document.createElement("img");
  if (!pictures.has(photo.key)) pictures.set(photo.key, URL.createObjectURL(photo.blob));
  picture.src = pictures.get(photo.key);
  picture.alt = "";
  const words = document.createElement("p");
  words.append(Object.assign(document.createElement("strong"), { textContent: `${photo.board}, ${clock(photo.taken_ms)}` }), ` ${text}`);
  item.className = photo.refused ? "refused" : photo.fate?.state === "failed" ? "arrived refused" : photo.at ? "arrived" : "";
  item.append(picture, words);
  if (photo.refused) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Remove" });
    button.addEventListener("click", async () => { await forget(photo); await show(); });
    item.append(button);
  }
  return item;
}

function tidy() {
  const shown = new Set([...list.querySelectorAll("img")].map((each) => each.src));
  for (const [key, address] of pictures) {
    if (shown.has(address)) continue;
    URL.revokeObjectURL(address);
    pictures.delete(key);
  }
}

for (const id of ["shutter", "chosen"]) {
  const input = document.getElementById(id);
  input.addEventListener("change", async () => {
    const files = [...input.files];
    try {
      await take(files);
    } catch (error) {
      state.textContent = `This browser cannot keep photos (${error.name}). Send them from the review page.`;
      return;
    }
    input.value = ""; // the same photo may be chosen again; the board stays chosen
    tidy();
  });
}
// The page stays open overnight: at the change of days, also without a connection, it goes on to the board of the new day. A board that was
// chosen by hand stays. The server's own rule: the first board, by date, whose day is not over.
const boards = form.elements.board.options ? [...form.elements.board.options] : [];
const behind = Number(form.dataset.nowMs) - Date.now(); // a phone's clock may be wrong, but it goes
let ofNow = form.elements.board.value;

function followTheDay() {
  if (!boards.length) return;
  const now = (boards.find((each) => Number(each.dataset.overMs) > Date.now() + behind) ?? boards.at(-1)).value;
  if (now !== ofNow && form.elements.board.value === ofNow) {
    form.elements.board.value = now;
    newDay = form.elements.board.selectedOptions[0].text;
    show();
  }
  ofNow = now;
}

setInterval(followTheDay, MINUTE_MS);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && followTheDay());
form.elements.board.addEventListener("change", () => { newDay = ""; show(); });
const again = () => { pause = FIRST_RETRY_MS; flush(); };
addEventListener("online", again);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && again());
navigator.storage?.persist?.();
flush();
