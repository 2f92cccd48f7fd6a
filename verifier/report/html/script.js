"use strict";
for (const box of document.querySelectorAll(".find")) {
  const input = box.querySelector("input");
  const count = box.querySelector("output");
  const rows = [...document.getElementById(input.dataset.table).tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, number) => {
      row.hidden = !words.every((word) => texts[number].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = `${shown} of ${rows.length} packages`;
  };
  input.addEventListener("input", filter);
  box.hidden = false;
  filter();
}
