// The set-up assistant: asks for the latest photo's rating every few seconds and shows it. What is announced changes only where its words do.
const SVG = "http://www.w3.org/2000/svg";
const ASK_MS = 3000;
const root = document.getElementById("setup");
const photo = document.getElementById("setup-photo");
const overlay = document.getElementById("setup-overlay");
const quality = document.getElementById("setup-quality");
const advice = document.getElementById("setup-advice");
const when = document.getElementById("setup-when");
const table = document.getElementById("setup-table");
const WORDS = { good: "good", doubtful: "doubtful", poor: "poor" };
const TAGS = { good: "ok-tag", doubtful: "doubt-tag", poor: "cancelled-tag" };
const SIGNS = { good: "✓", doubtful: "?", poor: "✗" }; // colour is never all that tells
let known = "";

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawn(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  overlay.append(made);
  return made;
}

function say(lines, listed) {
  const words = lines.join("\n");
  if (advice.dataset.words === words) return;
  advice.dataset.words = words;
  if (listed) {
    const list = document.createElement("ul");
    list.className = "advice";
    list.append(...lines.map((line) => element("li", line)));
    advice.replaceChildren(list);
  } else {
    advice.replaceChildren(...lines.map((line) => element("p", line)));
  }
}

function outline(seen) {
  overlay.replaceChildren();
  overlay.setAttribute("viewBox", `0 0 ${seen.width} ${seen.height}`);
  if (!seen.found) return;
  const size = seen.width / Math.max(photo.clientWidth, 1) * 15; // letters of 15 px on the screen
  seen.outlines.forEach((corners, i) => {
    const column = seen.columns[i];
    drawn("polygon", { points: corners.map((point) => point.join(",")).join(" "), class: `column is-${column.light}` });
  });
  seen.outlines.forEach((corners, i) => {
    const column = seen.columns[i];
    const middle = [0, 1].map((axis) => (corners[0][axis] + corners[1][axis]) / 2);
    const x = Math.min(Math.max(middle[0], size), seen.width - size);
    const y = Math.min(Math.max(middle[1], size), seen.height - 2 * size);
    drawn("text", { x, y: y + size, "font-size": size, class: "light" }).textContent = SIGNS[column.light];
  });
}

const percent = (share) => `${Math.round(100 * share)}%`;

// A cell of the table; on a phone, where rows become cards, it carries its heading.
function cell(heading, value, words) {
  const made = element("td", "", { "data-room": heading });
  made.append(element("span", value === null ? "–" : words()));
  return made;
}

function tabulate(seen) {
  table.hidden = !seen.found;
  if (!seen.found) return;
  table.querySelector("tbody").replaceChildren(...seen.columns.map((column) => {
    const row = document.createElement("tr");
    const reading = element("td", "", { "data-room": "Reading" });
    reading.append(element("span", `${SIGNS[column.light]} ${WORDS[column.light]}`, { class: `tag ${TAGS[column.light]}` }));
    row.append(
      element("th", column.label, { scope: "row" }),
      reading,
      cell("Letters", column.letter_px, () => `${Math.round(column.letter_px)} px`),
      cell("Read right", column.letter_px, () => percent(column.read_right)),
      cell("mm a px", column.mm_per_px, () => column.mm_per_px.toFixed(2)),
      cell("Blur", column.blur_px, () => `${column.blur_px.toFixed(1)} px`),
      cell("Glare", column.glare, () => percent(column.glare)),
      cell("Inside", column.inside, () => percent(column.inside)),
    );
    return row;
  }));
}

function show(seen) {
  known = seen.stamp;
  photo.addEventListener("load", () => outline(seen), { once: true });
  photo.src = `${root.dataset.photo}?at=${encodeURIComponent(seen.stamp)}`;
  photo.hidden = false;
  quality.hidden = !seen.found;
  if (seen.found) {
    quality.textContent = `reading will be ${WORDS[seen.quality]}`;
    quality.className = `tag ${TAGS[seen.quality]}`;
    say(seen.advice.length ? seen.advice : ["Nothing: the board is seen well. Leave the camera as it stands."], seen.advice.length > 0);
  } else {
    say([seen.problem, ...seen.advice], false);
  }
  const pose = seen.found ? ` ${seen.mm_per_px.toFixed(2)} mm a pixel at the middle; ${seen.stand}.` : "";
  when.textContent = `Photo of ${seen.taken}, ${seen.width} × ${seen.height} pixels.${pose}`;
  tabulate(seen);
}

async function ask() {
  try {
    const answer = await fetch(`${root.dataset.view}?known=${encodeURIComponent(known)}`, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.redirected) { location.href = root.dataset.login; return; }
    if (answer.status === 200) show(await answer.json());
    else if (answer.status === 204 && !known) say(["No photo of this board is there yet. Let a camera look at it, or send one from a phone."], false);
    else if (answer.status >= 400) say([(await answer.json()).error], false);
  } catch {
    say(["No connection to the server; it is tried again by itself."], false);
  }
  setTimeout(ask, document.hidden ? 5 * ASK_MS : ASK_MS);
}

ask();
