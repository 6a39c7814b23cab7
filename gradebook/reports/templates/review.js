// Draws the class from the data in the page. Text of students is only ever set as textContent.
const STATES = Object.keys(WORDS.states);
const KEYWORDS = new Set(("and as assert async await break class continue def del elif else except False finally for from " +
  "global if import in is lambda None nonlocal not or pass raise return True try while with yield").split(" "));
const TOKEN = /(#[^\n]*)|("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(\b\d[\w.]*)|(\b[A-Za-z_]\w*)/g;
let book, rows, order = { key: "id", down: false };

function element(tag, facts = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name === "text") made.textContent = value;
    else if (name === "class") made.className = value;
    else if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function short(name) { return name.split("_")[0]; }
function number(value) { return value === undefined || value === null ? "" : String(Math.round(value * 10000) / 10000); }
function state(cell) { return WORDS.states[cell.state]; }

async function unpacked() {
  const text = atob(document.getElementById("data").textContent.trim());
  const bytes = Uint8Array.from(text, letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function highlighted(code) {
  const shown = element("code");
  let at = 0;
  for (const match of code.matchAll(TOKEN)) {
    const kind = match[1] ? "comment" : match[2] ? "string" : match[3] ? "figure" :
      KEYWORDS.has(match[4]) ? "keyword" : "";
    if (!kind) continue;
    shown.append(code.slice(at, match.index), element("span", { class: kind, text: match[0] }));
    at = match.index + match[0].length;
  }
  shown.append(code.slice(at));
  return element("pre", { tabindex: "0" }, shown);
}

function header() {
  const heading = (key, text, facts) => element("th", { scope: "col", "data-key": key, ...facts },
    element("button", { type: "button", text }));
  const line = element("tr", {}, heading("id", WORDS.student), heading("section", WORDS.section),
    heading("total", WORDS.total, { class: "number" }));
  book.questions.forEach((question, i) => {
    const cell = heading(`q${i}`, short(question.name), { title: question.title, class: "question" });
    cell.append(element("a", { href: `#${short(question.name)}`, text: "ⓘ", "aria-label": `${question.title}: ${WORDS.for_class}` }));
    line.append(cell);
  });
  document.querySelector("#class thead").append(line);
}

function body() {
  rows = book.students.map((student, s) => {
    const line = element("tr", { "data-student": s },
      element("th", { scope: "row" }, element("span", { text: student.id }), " ", element("span", { class: "name", text: student.name })),
      element("td", { text: student.section }), element("td", { class: "number", text: number(student.total) }));
    student.cells.forEach((cell, q) => {
      const question = book.questions[q];
      const share = cell.earned === undefined || !question.points ? 0 : cell.earned / question.points;
      const words = `${student.id} ${short(question.name)}: ${state(cell)[0]}, ${number(cell.earned)}`;
      line.append(element("td", {
        class: `cell ${cell.state}`, tabindex: s || q ? "-1" : "0", "data-q": q, title: words, "aria-label": words,
        style: `--share:${Math.round(100 * share)}%`, text: state(cell)[1]
      }));
    });
    return line;
  });
}

function key(student, name) {
  if (name === "total") return student.total ?? -1;
  if (name === "id") return student.id;
  if (name === "section") return student.section;
  return student.cells[Number(name.slice(1))].earned ?? -1;
}

// Students with the same wrong answers to the question stand together among those of equal points.
function group(student, name) { return name.startsWith("q") ? student.cells[Number(name.slice(1))].group ?? "" : ""; }

function draw() {
  const find = document.getElementById("find").value.trim().toLowerCase();
  const wanted = document.getElementById("state").value;
  const kept = book.students.map((student, s) => s).filter(s => {
    const student = book.students[s];
    return `${student.id} ${student.name} ${student.section}`.toLowerCase().includes(find) &&
      (!wanted || student.cells.some(cell => cell.state === wanted));
  });
  kept.sort((a, b) => {
    const [x, y] = [key(book.students[a], order.key), key(book.students[b], order.key)];
    const sign = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
    return (order.down ? -sign : sign) || group(book.students[a], order.key).localeCompare(group(book.students[b], order.key)) || a - b;
  });
  document.querySelector("#class tbody").replaceChildren(...kept.map(s => rows[s]));
  document.getElementById("count").textContent = WORDS.shown.replace("#", kept.length);
  for (const heading of document.querySelectorAll("#class th[data-key]")) {
    heading.removeAttribute("aria-sort");
    if (heading.dataset.key === order.key) heading.setAttribute("aria-sort", order.down ? "descending" : "ascending");
  }
}

function part(title, ...children) { return [element("h3", { text: title }), ...children]; }

function cellView(student, q) {
  const cell = student.cells[q], question = book.questions[q], parts = [];
  parts.push(element("h2", { text: `${student.id} ${student.name} · ${short(question.name)} ${question.title}` }),
    element("p", { text: `${state(cell)[1]} ${state(cell)[0]} · ${number(cell.earned)} / ${number(question.points)} ${WORDS.points}` }));
  if (cell.cause) {
    const [where, ...rest] = cell.cause.split("\n");
    parts.push(...part(WORDS.cause, element("p", { text: where }, ...rest.flatMap(text => [element("br"), element("code", { text })]))));
  }
  if (cell.diagnosis) {
    parts.push(...part(WORDS.diagnosis, element("p", { text: WORDS.kinds[cell.diagnosis] ?? cell.diagnosis })));
    for (const name of (cell.mistakes ?? []).slice(0, 3))
      parts.push(element("p", { class: "belief", text: WORDS.likely + (question.beliefs[name] ?? name) }));
    if (cell.group) parts.push(element("p", { text: `${WORDS.group}: ` }, element("a", { href: `#${short(question.name)}`, text: cell.group })));
  }
  if (cell.call) {
    const list = element("dl");
    [WORDS.asked, WORDS.expected, WORDS.given].forEach((word, i) =>
      list.append(element("dt", { text: word }), element("dd", {}, element("code", { text: cell.call[i] }))));
    parts.push(...part(WORDS.call, list));
  }
  if (cell.failed) {
    const list = element("ul");
    for (const [check, status, reason] of cell.failed) {
      const line = element("li", { text: `${WORDS.statuses[status] ?? status}: ${question.checks[check] ?? check}` });
      if (reason) line.append(element("br"), element("code", { class: "quiet", text: reason }));
      list.append(line);
    }
    parts.push(...part(WORDS.failed_checks, list));
  }
  parts.push(...part(WORDS.code, cell.code === undefined ? element("p", { text: WORDS.no_code }) : highlighted(book.codes[cell.code])));
  return parts;
}

function studentView(student) {
  const list = element("ul");
  student.cells.forEach((cell, q) => list.append(element("li", {}, element("a", {
    href: `#${student.id}/${short(book.questions[q].name)}`,
    text: `${short(book.questions[q].name)} ${book.questions[q].title}: ${state(cell)[1]} ${state(cell)[0]}, ${number(cell.earned)} / ${number(book.questions[q].points)}`
  }))));
  const parts = [element("h2", { text: `${student.id} ${student.name} · ${WORDS.total} ${number(student.total)}` }), list];
  if (student.notes.length)
    parts.push(...part(WORDS.notes, element("ul", {}, ...student.notes.map(text => element("li", { text })))));
  return parts;
}

function counted(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function questionView(q) {
  const question = book.questions[q], cells = book.students.map(student => student.cells[q]);
  const parts = [element("h2", { text: `${short(question.name)} ${question.title} · ${WORDS.for_class}` })];
  const states = element("ul", {}, ...counted(cells.map(cell => cell.state)).map(([name, count]) =>
    element("li", { text: `${WORDS.states[name][1]} ${WORDS.states[name][0]}: ${count}` })));
  parts.push(states);
  const beliefs = counted(cells.flatMap(cell => cell.diagnosis === "named" || cell.diagnosis === "several" ? cell.mistakes ?? [] : cell.diagnosis ? [`:${cell.diagnosis}`] : []));
  if (beliefs.length) parts.push(...part(WORDS.diagnosis, element("ul", {}, ...beliefs.map(([name, count]) =>
    element("li", { text: `${count} × ${name.startsWith(":") ? WORDS.kinds[name.slice(1)] : question.beliefs[name] ?? name}` })))));
  for (const [group, count] of counted(cells.map(cell => cell.group).filter(Boolean))) {
    const members = book.students.filter(student => student.cells[q].group === group);
    parts.push(...part(`${WORDS.group} ${group}: ${count}`, element("p", {}, ...members.flatMap(student => [
      element("a", { href: `#${student.id}/${short(question.name)}`, text: `${student.id} ${student.name}` }), " "]))));
  }
  return parts;
}

function view(hash) {
  const [first, second] = decodeURIComponent(hash.replace(/^#/, "")).split("/");
  const question = name => book.questions.findIndex(q => q.name === name || short(q.name) === name);
  const student = book.students.find(s => s.id === first);
  if (student && second && question(second) >= 0) return cellView(student, question(second));
  if (student) return studentView(student);
  if (first && question(first) >= 0) return questionView(question(first));
  return null;
}

function show() {
  const parts = view(location.hash), detail = document.getElementById("detail");
  detail.hidden = !parts;
  if (!parts) return;
  const close = element("button", { type: "button", class: "close", text: WORDS.close });
  close.addEventListener("click", () => { location.hash = ""; });
  detail.replaceChildren(close, ...parts);
  detail.focus({ preventScroll: false });
}

function open(cell) {
  const student = book.students[cell.closest("tr").dataset.student];
  location.hash = `#${encodeURIComponent(student.id)}/${short(book.questions[cell.dataset.q].name)}`;
}

function move(cell, down, right) {
  const lines = [...document.querySelectorAll("#class tbody tr")];
  const line = lines[lines.indexOf(cell.closest("tr")) + down];
  const next = line?.querySelector(`[data-q="${Number(cell.dataset.q) + right}"]`);
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

async function start() {
  book = await unpacked();
  header();
  body();
  const present = new Set(book.students.flatMap(student => student.cells.map(cell => cell.state)));
  for (const name of STATES.filter(name => present.has(name))) {
    const [word, sign] = WORDS.states[name];
    document.getElementById("state").append(element("option", { value: name, text: `${sign} ${word}` }));
    document.getElementById("legend").append(element("span", { class: "entry" }, element("span", { class: `cell ${name}`, text: sign }), ` ${word}`), "  ");
  }
  draw();
  const table = document.getElementById("class");
  table.addEventListener("click", event => {
    const heading = event.target.closest("th[data-key]"), cell = event.target.closest("td[data-q]");
    if (event.target.closest("button") && heading) {
      order = { key: heading.dataset.key, down: order.key === heading.dataset.key && !order.down };
      draw();
    } else if (cell) open(cell);
    else if (event.target.closest("tbody th")) location.hash = `#${encodeURIComponent(book.students[event.target.closest("tr").dataset.student].id)}`;
  });
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", event => {
    const cell = event.target.closest("td[data-q]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") open(cell);
    else if (steps[event.key]) move(cell, ...steps[event.key]);
    else return;
    event.preventDefault();
  });
  document.getElementById("filter").addEventListener("input", draw);
  document.getElementById("filter").addEventListener("submit", event => event.preventDefault());
  document.addEventListener("keydown", event => { if (event.key === "Escape") location.hash = ""; });
  window.addEventListener("hashchange", show);
  show();
  document.documentElement.dataset.ready = "yes";
}
start();
