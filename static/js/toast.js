// Toasts: printed by the server with a page, sent in a header with a part of one.
(() => {
  const LIFE = 7000;
  const region = () => document.getElementById("toasts");

  function show(tone, text) {
    const template = document.getElementById(`toast-${tone}`) ?? document.getElementById("toast-info");
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.querySelector(".toast-text").textContent = text;
    region().append(toast);
    fade(toast);
  }

  // What went wrong stays until it is read.
  function fade(toast) {
    if (!toast.classList.contains("bad")) setTimeout(() => toast.remove(), LIFE);
  }

  document.addEventListener("toasts", (event) => {
    // htmx hands a list from a header on as `value`.
    for (const { tone, text } of event.detail.toasts ?? event.detail.value ?? []) show(tone, text);
  });
  // What the act before said goes as the next one is tried, before `fields.js` may stop it.
  addEventListener("submit", () => region()?.querySelectorAll(".toast:not(.bad)").forEach((toast) => toast.remove()), true);
  document.addEventListener("click", (event) => {
    event.target.closest(".toast-close")?.closest(".toast").remove();
  });
  document.addEventListener("htmx:sendError", () => {
    show("bad", document.getElementById("offline-text").innerHTML);
  });
  document.addEventListener("DOMContentLoaded", () => {
    region()?.querySelectorAll(".toast").forEach(fade);
  });
})();
