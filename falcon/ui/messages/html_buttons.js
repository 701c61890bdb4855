// Copy: the text of the button that is clicked; Ctrl+Shift+X: of the last message.
// More: tells the server the button's message.
const SHOWN_MS = 2000;

async function copy(button) {
  if (button.dataset.title) return; // It still says how the last click went.
  const text = JSON.parse(button.dataset.text);
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copied = copyBySelection(text, button); // Plain http, or not allowed.
  }
  const { words } = window.falconButtons;
  button.dataset.title = button.title;
  button.title = said().textContent = copied ? words.done : words.failed;
  button.classList.add(copied ? "falcon-copied" : "falcon-not-copied");
  setTimeout(() => {
    button.classList.remove("falcon-copied", "falcon-not-copied");
    button.title = button.dataset.title;
    said().textContent = "";
    delete button.dataset.title;
  }, SHOWN_MS);
}

// What is read aloud to those who do not see the button.
function said() {
  let status = document.getElementById("falcon-status");
  if (!status) {
    status = document.createElement("div");
    status.id = "falcon-status";
    status.role = "status";
    status.className = "falcon-said";
    document.body.append(status);
  }
  return status;
}

function copyBySelection(text, button) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "falcon-said";
  // Beside the button: a dialog takes the focus back from anywhere outside it.
  button.after(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

function clicked(event) {
  const button = event.target.closest?.(".falcon-button");
  if (button?.matches(".falcon-copy")) copy(button);
  if (button?.matches(".falcon-more")) {
    window.falconButtons.askForMore(button.dataset.message);
  }
}

function pressed(event) {
  const chord = (event.ctrlKey || event.metaKey) && event.shiftKey;
  if (!chord || event.code !== "KeyX") return;
  const messages = '[class*="st-key-actions_"] .falcon-copy';
  const last = [...document.querySelectorAll(messages)].at(-1);
  if (!last) return;
  event.preventDefault();
  copy(last);
}

export default function ({ data, setTriggerValue }) {
  if (!window.falconButtons) {
    document.addEventListener("click", clicked);
    document.addEventListener("keydown", pressed);
  }
  const askForMore = (id) => setTriggerValue("more", id);
  window.falconButtons = { words: data, askForMore };
}
