/* On the work queue and on a case: keys, and how many people are selected. Each key does what a
   link, a box or a field of the page does. Whoever speaks to the computer can turn them off
   (WCAG 2.1.4). */
(() => {
  const TYPED = "dialog, select, textarea, input:not([type=checkbox], [type=radio])";
  const list = document.getElementById("keys");
  const open = document.getElementById("keys-open");
  const on = list.querySelector("input");
  const rows = [...document.querySelectorAll("[data-queue] tbody tr")];
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const find = (what) => document.querySelector(what);
  const part = (what, row) => rows[row]?.querySelector(what);
  const does = rows.length
    ? {
        j: () => part(".open", here() + 1)?.focus(),
        k: () => part(".open", here() - 1)?.focus(),
        x: () => part(".pick input", here())?.click(),
        e: () => part(".open", here())?.click(),
      }
    : {
        j: () => find(".trail-of [rel=next]")?.click(),
        k: () => find(".trail-of [rel=prev]")?.click(),
        e: () => find(".tell :is([type=radio], [name=why])")?.focus(),
      };
  does["?"] = () => list.showModal();
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest(TYPED);
    const other = event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(does, event.key);
    if (typing || other || !on.checked) return;
    event.preventDefault();
    does[event.key]();
  });
  on.checked = localStorage.getItem("keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));
  open.addEventListener("click", does["?"]);
  open.hidden = false;
  const picked = find(".picked-count");
  const count = () => {
    picked.hidden = false;
    picked.firstElementChild.textContent = document.querySelectorAll(".queue .pick :checked").length;
  };
  if (picked) {
    find(".queue").addEventListener("change", count);
    count();
  }
})();
