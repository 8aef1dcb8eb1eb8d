// Steps on a card are sent without leaving the page: the answer is the card as it stands now, put in the old one's place.
const cards = document.getElementById("cards");
const inbox = document.getElementById("inbox");
const said = document.getElementById("said");
const more = document.getElementById("more");
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

// Tab goes from field to field; the suggestions have keys of their own.
function skipChips(root) {
  for (const chip of root.querySelectorAll("[data-fill]")) chip.tabIndex = -1;
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
  if (!answer.ok && !html.includes('class="check')) return refuse(form, `Not taken (${answer.status}). Reload the page; what you typed may be lost.`);
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  const fresh = box.content.firstElementChild;
  card.replaceWith(fresh);
  skipChips(fresh);
  if (!answer.ok) {
    said.textContent = fresh.querySelector(".problem-line")?.textContent || "";
    return go(fresh);
  }
  const saved = button.value === "save" && button.name === "act";
  fresh.classList.toggle("settled", saved || button.value === "dismiss" || button.value === "assign");
  said.textContent = { save: "Saved.", dismiss: "Dismissed.", undo: "Taken back.", assign: "Put in its cell." }[button.value] || "Saved.";
  go(saved || button.value === "dismiss" ? following || fresh : fresh);
}

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
  send(event.target, event.submitter || event.target.querySelector('button[value="save"]'));
});

cards.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-fill]");
  if (!chip) return;
  event.preventDefault();
  take(chip);
});

function take(chip) {
  const input = field(chip.closest(".check"), chip.dataset.fill);
  input.value = chip.value;
  input.focus();
}

document.addEventListener("keydown", (event) => {
  const card = document.activeElement?.closest?.(".check");
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    return go(card ? nextOf(card, event.key === "ArrowDown" ? 1 : -1) : all()[0]);
  }
  if (!card) return;
  const digit = /^Digit([1-9])$/.exec(event.code);
  const chip = digit && card.querySelectorAll("[data-fill]")[Number(digit[1]) - 1];
  const act = { KeyD: "dismiss", KeyZ: "undo" }[event.code];
  const button = act && card.querySelector(`button[value="${act}"]`);
  if (!chip && !button) return;
  event.preventDefault();
  if (chip) take(chip);
  else button.click();
});

skipChips(cards);
let shown = inbox.querySelector("[data-doubtful]").dataset.doubtful.split(" ").filter(Boolean);
async function refreshInbox() {
  const answer = await fetch(inbox.dataset.fragment, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  inbox.innerHTML = await answer.text();
  const now = inbox.querySelector("[data-doubtful]").dataset.doubtful.split(" ").filter(Boolean);
  more.hidden = now.every((id) => shown.includes(id) || document.getElementById(`card-${id}`));
}

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
