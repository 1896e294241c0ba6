// The open page's own link is in sight: of a strip of tabs sideways, of the sidebar's list downwards. The page itself
// stays where it is, which scrollIntoView does not promise.
(() => {
  function show() {
    for (const link of document.querySelectorAll(".tabs [aria-current], .side > nav [aria-current]")) {
      const strip = link.closest("nav");
      const [one, all] = [link.getBoundingClientRect(), strip.getBoundingClientRect()];
      if (one.left < all.left || one.right > all.right) strip.scrollLeft += (one.left + one.right - all.left - all.right) / 2;
      if (one.top < all.top || one.bottom > all.bottom) strip.scrollTop += (one.top + one.bottom - all.top - all.bottom) / 2;
    }
  }

  show();
  // A list that comes anew may bring its tabs anew.
  document.addEventListener("htmx:afterSwap", (event) => event.target.id === "list" && show());
})();
