// The floor's screens: the scan field keeps the focus, right and wrong can be heard, and what is ticked stays ticked.
// `document.dispatchEvent(new CustomEvent("floor:sound", { detail: "right" | "wrong" | "done" }))`.
(() => {
  const QUIET = "relay:quiet";
  const TONES = {
    right: [[1320, 0, 0.09]],
    done: [[880, 0, 0.1], [1320, 0.12, 0.16]],
    wrong: [[170, 0, 0.22], [150, 0.27, 0.4]],
  };
  let audio;

  function field() {
    return document.querySelector("[data-scan-field]:not(:disabled)");
  }

  // A key of an Arabic layout may write two letters (لا), which browsers give no one name: its place tells.
  const letter = (event) => event.key.length === 1 || /^Key[A-Z]$/.test(event.code);

  function focus() {
    const active = document.activeElement;
    if (document.querySelector("dialog[open], :popover-open")) return;
    if (active && active !== document.body && active.matches("input, textarea, select") && active.type !== "checkbox") return;
    field()?.focus({ preventScroll: true });
  }

  function sound(kind) {
    if (localStorage.getItem(QUIET)) return;
    try {
      audio ??= new AudioContext();
      for (const [pitch, after, length] of TONES[kind] ?? []) {
        const tone = audio.createOscillator();
        const loud = audio.createGain();
        tone.type = kind === "wrong" ? "square" : "sine";
        tone.frequency.value = pitch;
        loud.gain.value = 0.2;
        tone.connect(loud).connect(audio.destination);
        tone.start(audio.currentTime + after);
        tone.stop(audio.currentTime + after + length);
      }
    } catch {
      // A machine without sound still has colour and words.
    }
    if (kind === "wrong") navigator.vibrate?.([120, 60, 200]);
  }

  function showQuiet() {
    const button = document.querySelector("[data-quiet]");
    if (!button) return;
    const quiet = Boolean(localStorage.getItem(QUIET));
    button.setAttribute("aria-pressed", String(quiet));
    button.querySelector("[data-loud-icon]").hidden = quiet;
    button.querySelector("[data-quiet-icon]").hidden = !quiet;
  }

  // A scanner types wherever the focus is: outside of fields its first letter goes to the scan field.
  window.addEventListener(
    "keydown",
    (event) => {
      if (!letter(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog")) return;
      const target = field();
      if (!target || document.querySelector("dialog[open]")) return;
      if (event.key === " " && event.target.closest?.("button, a, input, summary")) return;
      event.stopPropagation();
      target.focus({ preventScroll: true });
    },
    true,
  );
  document.addEventListener("floor:sound", (event) => sound(event.detail));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-quiet]")) {
      if (localStorage.getItem(QUIET)) localStorage.removeItem(QUIET);
      else localStorage.setItem(QUIET, "1");
      showQuiet();
    }
    const typing = event.target.closest("[data-typing]");
    if (typing && field()) {
      field().inputMode = "text";
      field().blur();
      field().focus();
    }
    setTimeout(focus);
  });
  // What stands in such a field is a proposal: it is selected, so that what is typed takes its place.
  function select(target) {
    if (!target?.matches?.("[data-anew]")) return;
    const { value } = target;
    target.select();
    // A finger or a mouse sets the caret after the focus.
    setTimeout(() => document.activeElement === target && target.value === value && target.select());
  }

  document.addEventListener("focusin", (event) => select(event.target));
  document.addEventListener("close", () => setTimeout(focus), true);
  document.addEventListener("toasts", (event) => {
    if ((event.detail.toasts ?? []).some((toast) => toast.tone === "bad")) sound("wrong");
  });
  document.addEventListener("DOMContentLoaded", () => {
    showQuiet();
    // A hand-held scanner needs no keyboard on its screen; a button calls it.
    if (field() && matchMedia("(pointer: coarse)").matches) field().inputMode = "none";
    if (!document.querySelector("[data-keeps-focus]")) focus();
    select(document.activeElement);
    if (document.querySelector(".toast.bad, .field-error")) sound("wrong");
    const opens = document.querySelector("[data-opens]");
    if (opens) document.dispatchEvent(new CustomEvent("open-dialog", { detail: opens.dataset.opens }));
  });
})();
