// Keeps the focus where somebody who presses keys can go on. Streamlit leaves it on the
// button of a panel or a menu that has just been opened, with no key that leads into
// it, and loses it with every element that goes away or is drawn anew.
const OPENED = '[data-testid="stPopoverBody"], [role="menu"]';
const FOCUSABLE =
  '[role="menuitem"], [role="tab"][aria-selected="true"], a[href], button:enabled,' +
  " input:enabled, textarea:enabled, summary";
const IN_ITS_PLACE_MS = 300; // Streamlit may be about to draw what comes next.

let byKey = false; // and not by a pointer, which needs no focus
let last = null;
let timer = 0;
const entered = new WeakSet();

function keyOf(element) {
  const keyed = element.closest('[class*="st-key-"]');
  return [...(keyed?.classList ?? [])].find((name) => name.startsWith("st-key-"));
}

function remember(element) {
  const key = keyOf(element);
  const isWithin = element.closest(OPENED) !== null && last !== null;
  const from = isWithin
    ? last.from // What opened it: Streamlit draws the panel elsewhere in the page.
    : {
        element,
        key,
        top: element.getBoundingClientRect().top,
        isInSidebar: element.closest('[data-testid="stSidebar"]') !== null,
      };
  last = { element, key, from };
}

function isGone() {
  return last !== null && (!last.element.isConnected || last.element.disabled);
}

function isLost() {
  // A browser takes the focus from what is disabled only a moment later.
  return isGone() && [null, document.body].includes(document.activeElement);
}

function isShown(element) {
  return element?.checkVisibility() && element.getBoundingClientRect().right > 0;
}

function first(selector) {
  return [...document.querySelectorAll(selector)].find(isShown);
}

function within(selector) {
  const found = first(selector);
  return found?.matches(FOCUSABLE)
    ? found
    : [...(found?.querySelectorAll(FOCUSABLE) ?? [])].find(isShown);
}

// A message's arrows are drawn anew with each version.
function arrow({ key, top }) {
  const [direction] = key.match(/chevron_[a-z]+_/);
  const cost = (button) =>
    Math.abs(button.getBoundingClientRect().top - top) +
    (keyOf(button).includes(direction) ? 0 : 1);
  return [...document.querySelectorAll('[class*="st-key-chevron_"] button:enabled')]
    .filter(isShown)
    .sort((a, b) => cost(a) - cost(b))[0];
}

function* successors({ key, from }) {
  if (key) yield within(`.${CSS.escape(key)}`);
  if (from.element.isConnected) yield from.element;
  if (from.key) yield within(`.${CSS.escape(from.key)}`);
  if (from.key?.startsWith("st-key-chevron_")) yield arrow(from);
  if (from.key?.startsWith("st-key-reset_")) {
    yield within(`.${CSS.escape(from.key.replace("reset_", "parameter_"))}`);
  }
  if (from.key?.startsWith("st-key-conversation_menu_")) {
    yield within(".st-key-conversation_title");
    yield within(".st-key-undo_delete");
  }
  if (from.isInSidebar) yield first('[role="tab"][aria-selected="true"]');
  yield first('[data-testid="stChatInputTextArea"]');
}

function restore() {
  timer = 0;
  if (!isLost()) return;
  for (const element of successors(last)) {
    if (!isShown(element)) continue;
    element.focus();
    if (document.activeElement === element) return;
  }
}

function enter(opener) {
  const opened = [...document.querySelectorAll(OPENED)].at(-1);
  if (!opened || entered.has(opened)) return;
  const inside = [...opened.querySelectorAll(FOCUSABLE)].find(isShown);
  if (!inside) return;
  entered.add(opened);
  remember(opener);
  inside.focus();
}

function changed() {
  if (!byKey) return;
  const active = document.activeElement;
  if (active?.matches('button[aria-expanded="true"]')) enter(active);
  else if (!timer && isGone()) timer = setTimeout(restore, IN_ITS_PLACE_MS);
}

export default function () {
  if (window.falconFocus) return;
  window.falconFocus = true;
  document.addEventListener("keydown", () => (byKey = true), true);
  document.addEventListener("pointerdown", () => (byKey = false), true);
  document.addEventListener("focusin", (event) => remember(event.target));
  new MutationObserver(changed).observe(document.body, {
    attributeFilter: ["disabled", "aria-expanded"],
    childList: true,
    subtree: true,
  });
}
