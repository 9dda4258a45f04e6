// Contacts whose values are markup, scripts, characters that reorder, and 64 KiB of text; pairs of them look like one person.

const TEXTS = [
  "<img src=x onerror=\"globalThis.hacked=1\">",
  "<script>globalThis.hacked=1</script>",
  "\"><svg onload=globalThis.hacked=1>",
  "javascript:globalThis.hacked=1",
  "\u202Egnp.exe\u202C \u2066isolated\u2069",
  "{{constructor.constructor('globalThis.hacked=1')()}}",
  "<a href='https://example.com/'>Mei</a>",
  "</script><script>globalThis.hacked=1</script>",
  "<style>@import 'https://example.com/x.css'</style>",
  "مرحبا שלום สวัสดี 你好",
];

/** The contacts. */
export function hostile() {
  const id = (number) => `con_${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;
  return TEXTS.flatMap((text, at) =>
    [0, 1].map((other) => ({
      object_name: "contact",
      id: id(at * 2 + other + 1),
      organization_id: "org_00000000-0000-4000-8000-000000000001",
      business_unit_id: "bu_00000000-0000-4000-8000-000000000001",
      channel_id: "ch_00000000-0000-4000-8000-000000000001",
      channel_type: "web",
      display_name: other === 0 ? text : ` ${text}  `,
      first_name: text,
      last_name: other === 0 ? "Wong" : "Wong-Lee",
      area_code: "852",
      phone_number: `555${String(at).padStart(2, "0")}0101`.slice(0, 8),
      email: `guest${at}@example.com`,
      company_name: text,
      remark: at === 0 ? `${text} `.repeat(1600) : text,
      birthday: other === 0 ? "1990-01-02" : "",
      location: text,
      created_at: "2025-01-02T03:04:05.000Z",
      updated_at: "2025-02-03T04:05:06.000Z",
    })),
  );
}
