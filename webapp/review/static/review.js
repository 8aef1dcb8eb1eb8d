// Steps on a card are sent without leaving the page: the answer is the card as it stands now, put in the old one's place.
const cards = document.getElementById("cards");
const inbox = document.getElementById("inbox");
const said = document.getElementById("said");
const more = document.getElementById("more");
const toast = document.getElementById("toast");
const byTouch = matchMedia("(pointer: coarse)").matches;
document.documentElement.classList.add("js");

const all = () => [...cards.querySelectorAll(".check")];
const field = (card, name = "title") => card.querySelector(`input[name="${name}"]`);

function go(card) {
  const target = card && field(card);
  if (!target) return;
  if (!byTouch) {
    target.focus();
    target.select();
  }
  card.scrollIntoView({ block: byTouch ? "start" : "nearest" });
}

// Each row of readings is one stop of Tab; arrows go along it.
function rove(root) {
  for (const row of root.querySelectorAll(".chips")) {
    const chips = [...row.querySelectorAll("button")];
    const stop = chips.find((chip) => chip.ariaCurrent) || chips[0];
    for (const chip of chips) chip.tabIndex = chip === stop ? 0 : -1;
  }
}

function step(chip, key) {
  const chips = [...chip.parentElement.querySelectorAll("button")];
  const to = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  const next = chips[(chips.indexOf(chip) + to + chips.length) % chips.length];
  for (const other of chips) other.tabIndex = other === next ? 0 : -1;
  next.focus();
}

function nextOf(card, step = 1) {
  const list = all();
  return list[list.indexOf(card) + step];
}

async function send(form, button) {
  const card = form.closest(".check");
  const following = nextOf(card);
  const data = new FormData(form);
  data.set(button.name, button.value);
  form.inert = true;
  let answer;
  let html;
  try {
    answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    html = await answer.text();
  } catch {
    return refuse(form, "No connection. What you typed is still here; try again.");
  }
  if (answer.redirected) return location.reload();
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  if (!answer.ok && !html.includes('class="check')) return refuse(form, notTaken(answer.status, box.content.querySelector(".problem h1")?.textContent));
  const fresh = box.content.firstElementChild;
  card.replaceWith(fresh);
  rove(fresh);
  if (!answer.ok) {
    said.textContent = fresh.querySelector(".problem-line")?.textContent || "";
    return go(fresh);
  }
  const act = button.name === "act" ? button.value : "take";
  fresh.classList.toggle("settled", act !== "undo");
  said.textContent = { dismiss: "Dismissed.", undo: "Taken back.", assign: "Put in its cell." }[act] || "Saved.";
  offerUndo(fresh, act);
  if (act === "take") return stay(fresh);
  go(act === "save" || act === "dismiss" ? following || fresh : fresh);
}

// Why a step was not taken: what is wrong with the server passes, what is wrong with the form does not.
function notTaken(status, why) {
  if (status < 500) return `Not taken (${status}). Reload the page; what you typed may be lost.`;
  return `Not saved (${status}). ${why || "The server does not answer."} What you typed is still here; try again in a moment.`;
}

// A reading was taken: the card stays where the thumb is, and Enter goes on from it.
function stay(card) {
  if (byTouch) return;
  field(card).focus({ preventScroll: true });
}

// The last step can be taken back from wherever the page went; the card's own button stays after this one has gone.
let fading = 0;
function offerUndo(card, act) {
  clearTimeout(fading);
  toast.hidden = act === "undo" || !card.querySelector('button[value="undo"]');
  if (toast.hidden) return;
  toast.dataset.card = card.id;
  toast.firstElementChild.textContent = `${said.textContent} ${field(card).value}`;
  fading = setTimeout(() => (toast.hidden = true), 10000);
}

toast.querySelector("button").addEventListener("click", () => {
  const card = document.getElementById(toast.dataset.card);
  toast.hidden = true;
  card?.querySelector('button[value="undo"]')?.click();
});

function refuse(form, text) {
  form.inert = false;
  let line = form.querySelector(".problem-line");
  if (!line) {
    line = document.createElement("p");
    line.className = "problem-line";
    line.setAttribute("role", "alert");
    form.querySelector(".place").after(line);
  }
  line.textContent = text;
}

cards.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter || event.target.querySelector('button[value="save"]');
  if (button.dataset.fill) field(event.target, button.dataset.fill).value = button.value;
  send(event.target, button);
});

cards.addEventListener("keydown", (event) => {
  const chip = event.target.closest("[data-fill]");
  if (!chip || event.altKey || event.ctrlKey || event.metaKey || !event.key.startsWith("Arrow")) return;
  event.preventDefault();
  step(chip, event.key);
});

document.addEventListener("keydown", (event) => {
  const card = document.activeElement?.closest?.(".check");
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    return go(card ? nextOf(card, event.key === "ArrowDown" ? 1 : -1) : all()[0]);
  }
  if (!card) return;
  const digit = /^Digit([1-9])$/.exec(event.code);
  const chip = digit && card.querySelector(`[data-key="${digit[1]}"]`);
  const act = { KeyD: "dismiss", KeyZ: "undo" }[event.code];
  const button = act && card.querySelector(`button[value="${act}"]`);
  if (!chip && !button) return;
  event.preventDefault();
  (chip || button).click();
});

rove(cards);
let shown = inbox.querySelector("[data-doubtful]").dataset.doubtful.split(" ").filter(Boolean);
async function refreshInbox() {
  const answer = await fetch(inbox.dataset.fragment, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  inbox.innerHTML = await answer.text();
  const now = inbox.querySelector("[data-doubtful]").dataset.doubtful.split(" ").filter(Boolean);
  more.hidden = now.every((id) => shown.includes(id) || document.getElementById(`card-${id}`));
}

// A camera's program that dies says nothing: that it is late is seen by looking.
setInterval(refreshInbox, 60000);

let timer = 0;
function poll() {
  timer ||= setInterval(refreshInbox, 5000);
}
if (window.EventSource) {
  const source = new EventSource(inbox.dataset.events);
  source.addEventListener("revision", () => {
    clearInterval(timer);
    timer = 0;
    refreshInbox();
  });
  source.addEventListener("error", poll);
} else poll();

if (matchMedia("(max-width: 60rem)").matches) document.getElementById("changes").open = false;
// On a phone a focused field would bring up the keyboard before anybody asked for it.
if (!location.hash && !byTouch) go(all().find((card) => card.classList.contains("is-doubtful")));
