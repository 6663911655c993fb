/** Text in HTML and XML, also in attributes. Characters that XML cannot hold at all are left out. */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeMarkup(text: string): string {
  return text.replace(NOT_IN_XML, "").replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found);
}
