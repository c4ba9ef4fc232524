"use strict";
// Headings of tables become buttons that sort; without this script the tables
// stay in their order. Cells hold their value in full in data-value, cells
// without one go last.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.querySelectorAll("th[scope=col]"));
  const rows = Array.from(body.rows);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...rows.slice().sort((a, b) => compare(a.cells[column], b.cells[column], down ? -1 : 1)));
    });
  });
}

function compare(a, b, sign) {
  if (a.classList.contains("num")) {
    const x = a.dataset.value, y = b.dataset.value;
    if (x === undefined || y === undefined) {
      return (x === undefined) - (y === undefined);
    }
    return sign * (Number(x) - Number(y));
  }
  return sign * a.textContent.localeCompare(b.textContent, "en", { numeric: true });
}

// Where a table is wider than its place, a line says that it scrolls, and the
// keyboard reaches it.
for (const box of document.querySelectorAll(".scroll")) {
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Scroll sideways for more \u2192";
  box.before(hint);
  const observer = new ResizeObserver(() => {
    const wide = box.scrollWidth > box.clientWidth;
    hint.hidden = !wide;
    box.classList.toggle("wide", wide);
    box.tabIndex = wide ? 0 : -1;
  });
  observer.observe(box);
  observer.observe(box.firstElementChild);
}

// Closed parts are printed as well.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) {
    part.open = true;
  }
});
