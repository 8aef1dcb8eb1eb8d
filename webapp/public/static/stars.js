// Stars are kept in this browser only, by the session's id, so they follow a card that moves.
const KEY = "boardcast-stars";

export function starred() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY) || "[]"));
  } catch {
    return new Set();
  }
}

function keep(ids) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...ids]));
  } catch {
    // Private windows may refuse: the star then lasts as long as the page.
  }
}

export function paint(root = document) {
  const ids = starred();
  for (const button of root.querySelectorAll("[data-star]")) {
    button.setAttribute("aria-pressed", String(ids.has(button.dataset.star)));
  }
  for (const each of root.querySelectorAll("[data-session]")) each.classList.toggle("starred", ids.has(each.dataset.session));
}

document.documentElement.classList.add("js");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-star]");
  if (!button) return;
  const ids = starred();
  if (!ids.delete(button.dataset.star)) ids.add(button.dataset.star);
  keep(ids);
  paint();
});
addEventListener("storage", () => paint());
paint();
