// The keyboard outside fields: `/`, `?`, `g` and a letter, ⌘K; the rest goes to the list as `relay:key`.
// Letters are those of the Latin layout at the same place, for shortcuts and for scanners, which press keys by place:
// under an Arabic or Persian layout RL10 would else arrive as قم10.
(() => {
  const PUNCTUATION = { Minus: "-_", Slash: "/?", Period: ".>", Comma: ",<", Semicolon: ";:", Quote: "'\"" };
  const SCANS = "[data-scan-field], [data-scan]";
  let going = 0;
  let pressed = null;
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const open = (id) => document.dispatchEvent(new CustomEvent("open-dialog", { detail: id }));

  // Browsers move the focus to `autofocus` with the first picture only: a scanner's first letter would be lost before.
  if (!location.hash) document.querySelector("main [autofocus]")?.focus({ preventScroll: true });

  function latin(event) {
    const letter = event.code?.match(/^Key([A-Z])$/)?.[1];
    if (letter && !/^[A-Za-z]$/.test(event.key)) {
      return event.shiftKey !== event.getModifierState("CapsLock") ? letter : letter.toLowerCase();
    }
    const pair = PUNCTUATION[event.code];
    if (pair && event.key.charCodeAt(0) > 127) return pair[event.shiftKey ? 1 : 0];
    return event.key;
  }

  // On the window, before anything moves the focus to the field the letter then lands in.
  window.addEventListener("keydown", (event) => (pressed = event), true);
  document.addEventListener("beforeinput", (event) => {
    if (event.inputType !== "insertText" || !pressed || !event.target.matches(SCANS)) return;
    const letter = latin(pressed);
    if (letter === pressed.key) return;
    event.preventDefault();
    const { selectionStart, selectionEnd } = event.target;
    event.target.setRangeText(letter, selectionStart, selectionEnd, "end");
  });

  document.addEventListener("keydown", (event) => {
    const key = latin(event);
    if ((event.metaKey || event.ctrlKey) && key.toLowerCase() === "k") {
      event.preventDefault();
      return open("palette");
    }
    if (event.altKey || event.ctrlKey || event.metaKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (key === "Enter" && event.target.closest("a, button, summary, label")) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(key.toLowerCase())}"]`);
      if (link) {
        event.preventDefault();
        location.assign(link.href);
      }
      return;
    }
    if (key === "g") {
      going = Date.now();
      return;
    }
    if (key === "/") {
      event.preventDefault();
      return (document.querySelector("[data-filter]") ?? document.querySelector("[data-open=palette]"))?.focus();
    }
    if (key === "?") return open("keys");
    document.dispatchEvent(new CustomEvent("relay:key", { detail: key }));
  });
})();
