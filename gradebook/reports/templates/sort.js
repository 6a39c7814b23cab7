for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent;
  const order = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    return a - b || String(a).localeCompare(String(b));
  };
  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const header = button.closest("th");
      const down = header.getAttribute("aria-sort") === "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [key(a, header.cellIndex), key(b, header.cellIndex)];
        return x === "" || y === "" || !down ? order(x, y) : order(y, x);
      });
      body.append(...rows);
    });
  }
}
