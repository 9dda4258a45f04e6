// Every text of the page, in English, Vietnamese and Traditional Chinese. `{name}` stands for a value.

type Three = readonly [en: string, vi: string, zh: string];

const TEXTS = {
  // The frame.
  title: ["Review of contacts", "Rà soát liên hệ", "聯絡人檢視"],
  skip: ["Skip to the content", "Đến nội dung chính", "跳至內容"],
  language: ["Language", "Ngôn ngữ", "語言"],
  keys_on: ["Keyboard shortcuts", "Phím tắt", "鍵盤快速鍵"],
  menu: ["Views", "Các trang", "檢視"],
  as_of: ["Contacts as of {time}", "Liên hệ tính đến {time}", "聯絡人資料時間：{time}"],
  never_read: ["Contacts were not read yet", "Chưa đọc liên hệ", "尚未讀取聯絡人"],
  read_again: ["Read again", "Đọc lại", "重新讀取"],
  read_now: ["Read the contacts", "Đọc liên hệ", "讀取聯絡人"],
  read_only: ["Nothing is written: read-only", "Chỉ đọc: không ghi gì", "唯讀：不會寫入"],
  paused: ["Bulk writes are paused since {time}", "Ghi hàng loạt đã tạm dừng từ {time}", "批次寫入自 {time} 起暫停"],
  loading: ["Loading…", "Đang tải…", "載入中…"],
  more: ["Show more", "Hiện thêm", "顯示更多"],
  of_total: ["{from}–{to} of {total}", "{from}–{to} trên {total}", "第 {from}–{to} 筆，共 {total} 筆"],
  more_letters: ["… {count} more characters", "… còn {count} ký tự", "…還有 {count} 個字元"],
  none: ["none", "không có", "無"],
  close: ["Close", "Đóng", "關閉"],
  cancel: ["Cancel", "Hủy", "取消"],
  full_screen: ["Full screen", "Toàn màn hình", "全螢幕"],
  small_screen: ["Back into the chat", "Trở lại cuộc trò chuyện", "回到聊天"],
  // Views.
  overview: ["Overview", "Tổng quan", "總覽"],
  duplicates: ["Duplicates", "Trùng lặp", "重複"],
  questions: ["Questions", "Câu hỏi", "待確認"],
  shared: ["Shared values", "Giá trị chung", "共用值"],
  plans: ["Plans", "Kế hoạch", "計畫"],
  history: ["History", "Lịch sử", "紀錄"],
  contact: ["Contact", "Liên hệ", "聯絡人"],
  // What went wrong.
  gone: [
    "The program does not answer. Is it still running? Start it again and open the new link in this tab.",
    "Chương trình không trả lời. Nó còn chạy không? Hãy khởi động lại và mở liên kết mới trong thẻ này.",
    "程式沒有回應。它還在執行嗎？請重新啟動，並在此分頁開啟新連結。",
  ],
  sign_in: [
    "Sign in: this server answers those who show what its other callers show.",
    "Hãy đăng nhập: máy chủ chỉ trả lời khi có thông tin xác thực như các ứng dụng khác.",
    "請登入：伺服器只回應出示與其他呼叫者相同憑證的人。",
  ],
  sign_in_now: ["Sign in", "Đăng nhập", "登入"],
  bearer_token: ["Token", "Mã truy cập", "權杖"],
  gateway_credential: ["Gateway credential ({header})", "Thông tin xác thực của cổng ({header})", "閘道憑證（{header}）"],
  not_offered: [
    "The operator does not offer this here.",
    "Người vận hành không cung cấp chức năng này ở đây.",
    "管理者未在此提供這項功能。",
  ],
  unsent: [
    "{count} answers are not kept yet; they are sent as soon as it answers.",
    "{count} câu trả lời chưa được lưu; sẽ gửi ngay khi chương trình trả lời.",
    "{count} 個回答尚未儲存；程式一回應就會送出。",
  ],
  session: [
    "This page is not, or no longer, connected. Open the link that the program printed in this tab; each is good once.",
    "Trang này chưa hoặc không còn kết nối. Hãy mở liên kết mà chương trình in ra trong thẻ này; mỗi liên kết dùng một lần.",
    "此頁面尚未連線或已中斷。請在此分頁開啟程式顯示的連結；每個連結只能用一次。",
  ],
  link_used: [
    "This link has been opened already. Start the review again for a new one.",
    "Liên kết này đã được mở. Hãy khởi động lại để có liên kết mới.",
    "此連結已開啟過。請重新啟動檢視以取得新連結。",
  ],
  link_old: [
    "This link was good for an hour. Start the review again for a new one.",
    "Liên kết này chỉ có hiệu lực một giờ. Hãy khởi động lại để có liên kết mới.",
    "此連結的有效時間為一小時。請重新啟動檢視以取得新連結。",
  ],
  link_wrong: [
    "This link belongs to another start of the program. Open the one that it printed last.",
    "Liên kết này thuộc về lần khởi động khác. Hãy mở liên kết được in sau cùng.",
    "此連結屬於另一次啟動。請開啟最後顯示的連結。",
  ],
  no_snapshot: [
    "The contacts were not read yet.",
    "Danh sách liên hệ chưa được đọc.",
    "尚未讀取聯絡人。",
  ],
  decided_meanwhile: [
    "Somebody else has decided about this meanwhile, so your answer was not kept. The list is read again.",
    "Người khác vừa quyết định về mục này nên câu trả lời của bạn không được lưu. Danh sách được đọc lại.",
    "其他人已對此作出決定，因此您的回答未儲存。清單將重新讀取。",
  ],
  plan_moved: [
    "Somebody has gone on with this plan since it was shown. It is read again; nothing was written now.",
    "Có người đã tiếp tục kế hoạch này. Kế hoạch được đọc lại; hiện chưa ghi gì.",
    "此計畫顯示後已有人繼續執行。已重新讀取；目前未寫入任何內容。",
  ],
  no_plan: ["There is no such plan any more.", "Kế hoạch này không còn nữa.", "此計畫已不存在。"],
  not_done: ["Not done: {why}", "Chưa thực hiện: {why}", "未完成：{why}"],
  // Overview.
  by_week: ["Week by week", "Theo từng tuần", "每週"],
  week_head: ["Week", "Tuần", "週"],
  week_fixed: ["Fixed", "Đã sửa", "已修正"],
  week_undone: ["Taken back", "Đã hoàn tác", "已復原"],
  week_decided: ["Decided", "Đã quyết định", "已決定"],
  score: ["Score", "Điểm", "分數"],
  score_words: ["{clean} of {all} contacts have no finding", "{clean} trên {all} liên hệ không có lỗi", "{all} 位聯絡人中有 {clean} 位沒有問題"],
  findings: ["Findings", "Lỗi tìm thấy", "發現的問題"],
  finding: ["Finding", "Lỗi", "問題"],
  no_findings: ["Nothing is wrong with any contact.", "Không có liên hệ nào bị lỗi.", "所有聯絡人皆無問題。"],
  count: ["Count", "Số lượng", "數量"],
  severity: ["Severity", "Mức độ", "嚴重程度"],
  severity_high: ["high", "cao", "高"],
  severity_medium: ["medium", "vừa", "中"],
  severity_low: ["low", "thấp", "低"],
  fix: ["Correction", "Cách sửa", "修正"],
  fix_safe: ["safe", "an toàn", "安全"],
  fix_ask: ["a guess", "phỏng đoán", "推測"],
  fix_none: ["by hand", "bằng tay", "手動"],
  examples: ["Examples", "Ví dụ", "範例"],
  people_sure: ["people behind {entries} entries", "người trong {entries} mục", "人，共 {entries} 筆資料"],
  groups_review: ["groups to review", "nhóm cần xem", "組待檢視"],
  open_questions: ["open questions", "câu hỏi mở", "個待確認問題"],
  channels: ["Contacts by channel", "Liên hệ theo kênh", "各管道聯絡人"],
  months: ["Contacts by month", "Liên hệ theo tháng", "每月聯絡人"],
  month: ["Month", "Tháng", "月份"],
  channel: ["Channel", "Kênh", "管道"],
  unknown: ["unknown", "không rõ", "未知"],
  start_questions: ["Answer the questions", "Trả lời câu hỏi", "回答問題"],
  start_duplicates: ["Look at the groups", "Xem các nhóm", "檢視群組"],
  start_plan: ["Make a plan", "Lập kế hoạch", "建立計畫"],
  // Deciding.
  same: ["Same person", "Cùng một người", "同一人"],
  different: ["Different people", "Khác người", "不同人"],
  unsure: ["Unsure", "Không chắc", "不確定"],
  back: ["Back", "Quay lại", "返回"],
  next: ["Next", "Tiếp", "下一個"],
  previous: ["Previous", "Trước", "上一個"],
  key: ["key {key}", "phím {key}", "按鍵 {key}"],
  are_they_one: ["Are these one person?", "Đây có phải cùng một người?", "這些是同一人嗎？"],
  question_of: ["Question {number} of {total}", "Câu hỏi {number} trên {total}", "第 {number} 題，共 {total} 題"],
  group_of: ["Group {number} of {total}", "Nhóm {number} trên {total}", "第 {number} 組，共 {total} 組"],
  all_patterns: ["All patterns", "Mọi mẫu", "所有模式"],
  pattern: ["Pattern", "Mẫu", "模式"],
  why: ["Why", "Lý do", "原因"],
  how_sure: ["How sure: {score} of 100; sure from 95", "Độ chắc chắn: {score} trên 100; chắc từ 95", "把握度：{score}／100；95 以上為確定"],
  no_questions: ["No question is open.", "Không còn câu hỏi nào.", "沒有待確認的問題。"],
  all_answered: ["All of these are answered.", "Tất cả đã được trả lời.", "全部已回答。"],
  no_groups: ["There is no such group.", "Không có nhóm nào như vậy.", "沒有這樣的群組。"],
  taken_back: ["The last answer is taken back.", "Đã rút lại câu trả lời cuối.", "已收回上一個回答。"],
  nothing_to_take_back: ["There is no answer to take back.", "Không có câu trả lời nào để rút lại.", "沒有可收回的回答。"],
  kept_answer: ["Kept: {verdict}", "Đã lưu: {verdict}", "已儲存：{verdict}"],
  keeping: ["Keeping {count}…", "Đang lưu {count}…", "正在儲存 {count} 筆…"],
  whole_pattern: ["Answer the whole pattern", "Trả lời cả mẫu", "回答整個模式"],
  whole_pattern_words: [
    "All {total} pairs of this pattern, {seen} of them shown. Show all of them to answer all at once.",
    "Tất cả {total} cặp của mẫu này, đã hiện {seen}. Hãy hiện hết để trả lời cùng lúc.",
    "此模式共 {total} 對，已顯示 {seen} 對。全部顯示後即可一次回答。",
  ],
  all_same: ["All {count}: same person", "Cả {count}: cùng một người", "全部 {count} 對：同一人"],
  all_different: ["All {count}: different people", "Cả {count}: khác người", "全部 {count} 對：不同人"],
  all_unsure: ["All {count}: unsure", "Cả {count}: không chắc", "全部 {count} 對：不確定"],
  tier: ["Which groups", "Nhóm nào", "哪些群組"],
  tier_review: ["To review", "Cần xem", "待檢視"],
  tier_sure: ["Sure", "Chắc chắn", "確定"],
  tier_all: ["All", "Tất cả", "全部"],
  keep_this: ["to keep", "giữ lại", "保留"],
  keep_reason: ["The first is the one to keep: {why}", "Mục đầu được giữ lại: {why}", "保留第一筆：{why}"],
  keep_odoo: ["it has the Odoo id", "có mã Odoo", "有 Odoo 編號"],
  keep_fullest: ["it has the most fields filled", "có nhiều trường nhất", "填寫欄位最多"],
  keep_oldest: ["it is the oldest", "cũ nhất", "最早建立"],
  field: ["Field", "Trường", "欄位"],
  differs: ["differs", "khác", "不同"],
  equal: ["the same", "giống", "相同"],
  empty: ["empty", "trống", "空白"],
  entry: ["Entry {number}", "Mục {number}", "資料 {number}"],
  open_contact: ["Open the contact", "Mở liên hệ", "開啟聯絡人"],
  decided_before: ["Decided before: {verdicts}", "Đã quyết định: {verdicts}", "先前決定：{verdicts}"],
  // Shared values.
  shared_words: [
    "Phone numbers and mailboxes that different people share.",
    "Số điện thoại và hộp thư mà nhiều người dùng chung.",
    "多人共用的電話號碼與信箱。",
  ],
  no_shared: ["Nobody shares a value.", "Không ai dùng chung giá trị nào.", "沒有共用的值。"],
  sharing: ["Kind", "Loại", "類型"],
  family: ["family", "gia đình", "家庭"],
  people: ["people", "nhiều người", "多人"],
  switchboard: ["switchboard", "tổng đài", "總機"],
  "role mailbox": ["role mailbox", "hộp thư chức năng", "職務信箱"],
  settled_question: ["an open question", "câu hỏi mở", "待確認"],
  settled_rule: ["kept apart by rule", "tách theo quy tắc", "依規則分開"],
  settled_decided: ["decided", "đã quyết định", "已決定"],
  people_entries: ["{people} people, {entries} entries", "{people} người, {entries} mục", "{people} 人，{entries} 筆資料"],
  are_different: ["They are different people", "Họ là những người khác nhau", "他們是不同人"],
  and_more: ["and {count} more", "và {count} người nữa", "還有 {count} 位"],
  // Plans.
  new_plan: ["New plan", "Kế hoạch mới", "新計畫"],
  new_plan_words: [
    "A plan is made first and looked at; nothing is written before you say so.",
    "Kế hoạch được lập và xem trước; chưa ghi gì khi bạn chưa đồng ý.",
    "先建立並檢視計畫；未經您確認不會寫入。",
  ],
  safe_fixes: ["Corrections that change only the form", "Các sửa chữa chỉ đổi hình thức", "僅改變格式的修正"],
  guesses: ["Corrections that are a guess", "Các sửa chữa là phỏng đoán", "推測性的修正"],
  merge: ["Sure duplicates", "Trùng lặp chắc chắn", "確定的重複"],
  merge_fill: ["fill empty fields of the one to keep", "điền trường trống của mục giữ lại", "補齊保留者的空白欄位"],
  merge_link: ["read them as one, here only", "xem là một, chỉ tại đây", "僅在此處視為同一人"],
  merge_mark: ["mark the others in their remark", "đánh dấu mục khác ở ghi chú", "在其他筆的備註中標記"],
  filter: ["Only contacts of which this holds", "Chỉ các liên hệ thỏa điều kiện", "僅限符合條件的聯絡人"],
  protect: [
    "Never touch (contacts, @example.com, #label, or a condition)",
    "Không bao giờ đụng tới (liên hệ, @example.com, #nhãn, hoặc điều kiện)",
    "一律不變更（聯絡人、@example.com、#標籤或條件）",
  ],
  make_plan: ["Make the plan", "Lập kế hoạch", "建立計畫"],
  no_plans: ["There is no plan yet.", "Chưa có kế hoạch.", "尚無計畫。"],
  plan: ["Plan", "Kế hoạch", "計畫"],
  made_at: ["Made", "Lập lúc", "建立時間"],
  changes: ["Changes", "Thay đổi", "變更"],
  contacts: ["Contacts", "Liên hệ", "聯絡人"],
  state: ["State", "Trạng thái", "狀態"],
  plan_words: ["{steps} changes of {contacts} contacts", "{steps} thay đổi của {contacts} liên hệ", "{contacts} 位聯絡人的 {steps} 項變更"],
  links_words: ["{links} groups to link, {linked} linked", "{links} nhóm cần nối, {linked} đã nối", "{links} 組待連結，已連結 {linked} 組"],
  left_out: ["Left out {count}: {why}", "Bỏ qua {count}: {why}", "略過 {count} 項：{why}"],
  protected: ["Protected by {what}: {count}", "Được bảo vệ bởi {what}: {count}", "受 {what} 保護：{count}"],
  before: ["Before", "Trước", "之前"],
  after: ["After", "Sau", "之後"],
  status: ["Status", "Trạng thái", "狀態"],
  all: ["all", "tất cả", "全部"],
  status_pending: ["to do", "chưa làm", "待處理"],
  status_written: ["written", "đã ghi", "已寫入"],
  status_skipped: ["skipped", "bỏ qua", "已略過"],
  status_conflict: ["edited since", "đã bị sửa", "已被修改"],
  status_undone: ["taken back", "đã hoàn lại", "已還原"],
  status_unknown: ["not known", "không rõ", "不明"],
  select_row: ["Select {name}, {field}", "Chọn {name}, {field}", "選取 {name}，{field}"],
  exclude_contacts: ["Leave these contacts out", "Loại các liên hệ này", "排除這些聯絡人"],
  exclude_fields: ["Leave these fields out everywhere", "Loại các trường này ở mọi nơi", "全部排除這些欄位"],
  exclude_words: [
    "The rest becomes a new plan in place of this one.",
    "Phần còn lại thành kế hoạch mới thay cho kế hoạch này.",
    "其餘部分將成為取代此計畫的新計畫。",
  ],
  discard: ["Throw away", "Bỏ kế hoạch", "捨棄"],
  write: ["Write", "Ghi", "寫入"],
  write_how_many: ["Contacts to write now", "Số liên hệ ghi lần này", "這次寫入的聯絡人數"],
  write_question: [
    "Will now write {contacts} contacts ({fields} fields) of {remaining} in {place}. {later} stay for later.",
    "Sẽ ghi {contacts} liên hệ ({fields} trường) trên {remaining} tại {place}. Còn {later} để sau.",
    "即將在 {place} 寫入 {remaining} 位中的 {contacts} 位聯絡人（{fields} 個欄位）。其餘 {later} 位稍後處理。",
  ],
  link_question: ["Will now link {links} groups here; nothing is written at the gateway.", "Sẽ nối {links} nhóm tại đây; không ghi gì lên cổng.", "即將在此連結 {links} 組；不會寫入閘道。"],
  write_now: ["Write now", "Ghi ngay", "立即寫入"],
  nothing_to_write: ["Nothing is left to write.", "Không còn gì để ghi.", "沒有可寫入的內容。"],
  take_back_all: ["Take back all of it", "Hoàn lại tất cả", "全部還原"],
  take_back_selected: ["Take back the selected contacts", "Hoàn lại liên hệ đã chọn", "還原選取的聯絡人"],
  undo_question: [
    "Will now put back {fields} fields of {contacts} contacts in {place}, unless edited since.",
    "Sẽ hoàn lại {fields} trường của {contacts} liên hệ tại {place}, trừ khi đã bị sửa.",
    "即將在 {place} 還原 {contacts} 位聯絡人的 {fields} 個欄位，之後已修改者除外。",
  ],
  undo_links: ["{links} groups are linked no more.", "{links} nhóm không còn nối.", "{links} 組將取消連結。"],
  put_back_now: ["Put back now", "Hoàn lại ngay", "立即還原"],
  nothing_to_put_back: ["Nothing of it was written that could be put back.", "Không có gì đã ghi để hoàn lại.", "沒有可還原的內容。"],
  // Work that takes a while.
  job_sync: ["Reading the contacts", "Đang đọc liên hệ", "正在讀取聯絡人"],
  job_apply: ["Writing {plan}", "Đang ghi {plan}", "正在寫入 {plan}"],
  job_undo: ["Putting {plan} back", "Đang hoàn lại {plan}", "正在還原 {plan}"],
  job_done: ["{done} done", "xong {done}", "完成 {done}"],
  job_done_of: ["{done} of {total}", "{done} trên {total}", "{done}／{total}"],
  stop: ["Stop", "Dừng", "停止"],
  stopping: ["Stopping…", "Đang dừng…", "正在停止…"],
  sync_over: ["{contacts} contacts are read: {added} new, {changed} changed, {gone} gone.", "Đã đọc {contacts} liên hệ: {added} mới, {changed} đổi, {gone} mất.", "已讀取 {contacts} 位聯絡人：{added} 位新增、{changed} 位變更、{gone} 位移除。"],
  sync_left: ["Not all contacts are read yet; read again to go on.", "Chưa đọc hết; hãy đọc tiếp.", "尚未讀完；請再次讀取以繼續。"],
  apply_over: ["{written} contacts are written; {remaining} are left.", "Đã ghi {written} liên hệ; còn {remaining}.", "已寫入 {written} 位聯絡人；剩餘 {remaining} 位。"],
  undo_over: ["{undone} fields are put back; {kept} stay as somebody edited them.", "Đã hoàn lại {undone} trường; {kept} giữ nguyên vì đã bị sửa.", "已還原 {undone} 個欄位；{kept} 個因已修改而保留。"],
  stopped_why: ["Stopped: {why}", "Đã dừng: {why}", "已停止：{why}"],
  // History.
  writes: ["What was written", "Đã ghi gì", "寫入紀錄"],
  no_writes: ["Nothing was written yet.", "Chưa ghi gì.", "尚未寫入。"],
  decisions: ["Decisions", "Quyết định", "決定"],
  no_decisions: ["Nothing was decided yet.", "Chưa có quyết định nào.", "尚無決定。"],
  work_apply: ["written", "đã ghi", "寫入"],
  work_undo: ["taken back", "đã hoàn lại", "還原"],
  from: ["From", "Từ", "開始"],
  until: ["Until", "Đến", "結束"],
  look: ["Look", "Xem", "檢視"],
  take_back: ["Take back", "Rút lại", "收回"],
  verdict: ["Decision", "Quyết định", "決定"],
  when: ["When", "Lúc", "時間"],
  note: ["Note", "Ghi chú", "附註"],
  who: ["Contacts", "Liên hệ", "聯絡人"],
  // Contact.
  search: ["Name, number, address or id", "Tên, số, địa chỉ hoặc mã", "姓名、電話、電郵或編號"],
  find: ["Find", "Tìm", "搜尋"],
  found: ["{count} found", "Tìm thấy {count}", "找到 {count} 筆"],
  not_found: ["Nobody is found.", "Không tìm thấy ai.", "找不到任何人。"],
  entries: ["Entries that are, or may be, the same person", "Các mục là, hoặc có thể là, cùng một người", "同一人或可能為同一人的資料"],
  linked: ["linked", "đã nối", "已連結"],
  conversations: ["Conversations", "Hội thoại", "對話"],
  comments: ["Comments", "Bình luận", "評論"],
  files: ["Files", "Tệp", "檔案"],
  last_message: ["Latest message", "Tin nhắn mới nhất", "最新訊息"],
  value: ["Value", "Giá trị", "值"],
  no_contact: ["The list has no such contact.", "Danh sách không có liên hệ này.", "清單中沒有此聯絡人。"],
} as const satisfies Record<string, Three>;

/** Fields of a contact, by the gateway's names and those that answers show. */
const FIELDS: Record<string, Three> = {
  name: ["Name", "Tên", "姓名"],
  display_name: ["Display name", "Tên hiển thị", "顯示名稱"],
  first_name: ["First name", "Tên", "名"],
  last_name: ["Last name", "Họ", "姓"],
  phone: ["Phone", "Điện thoại", "電話"],
  area_code: ["Country code", "Mã vùng", "國碼"],
  phone_number: ["Phone number", "Số điện thoại", "電話號碼"],
  email: ["E-mail", "Email", "電郵"],
  birthday: ["Birthday", "Ngày sinh", "生日"],
  company_name: ["Company", "Công ty", "公司"],
  position: ["Position", "Chức vụ", "職位"],
  title: ["Title", "Danh xưng", "稱謂"],
  gender: ["Gender", "Giới tính", "性別"],
  location: ["Location", "Địa điểm", "地點"],
  remark: ["Remark", "Ghi chú", "備註"],
  channel_type: ["Channel", "Kênh", "管道"],
  language: ["Language", "Ngôn ngữ", "語言"],
  time_zone: ["Time zone", "Múi giờ", "時區"],
  odooContactID: ["Odoo id", "Mã Odoo", "Odoo 編號"],
  business_unit_id: ["Business unit", "Đơn vị", "業務單位"],
  channel_id: ["Channel id", "Mã kênh", "管道編號"],
  whatsapp_id: ["WhatsApp", "WhatsApp", "WhatsApp"],
  facebook_id: ["Facebook", "Facebook", "Facebook"],
  messenger_id: ["Messenger", "Messenger", "Messenger"],
  wechat_id: ["WeChat", "WeChat", "微信"],
  line_id: ["LINE", "LINE", "LINE"],
  instagram_id: ["Instagram", "Instagram", "Instagram"],
  last_seen: ["Last seen", "Hoạt động cuối", "最後上線"],
  created_at: ["Created", "Tạo lúc", "建立"],
  updated_at: ["Edited", "Sửa lúc", "修改"],
  link: ["Link", "Liên kết", "連結"],
};

/** Parts of a pattern: what agrees, how the names stand to each other, what speaks against it. */
const PATTERN: Record<string, Three> = {
  odoo: ["same Odoo id", "cùng mã Odoo", "相同 Odoo 編號"],
  channel_id: ["same channel id", "cùng mã kênh", "相同管道編號"],
  "phone+email": ["same phone and e-mail", "cùng điện thoại và email", "電話與電郵相同"],
  phone: ["same phone", "cùng điện thoại", "電話相同"],
  email: ["same e-mail", "cùng email", "電郵相同"],
  email_typo: ["e-mail one letter off", "email lệch một chữ", "電郵差一個字母"],
  email_digit: ["e-mail one digit off", "email lệch một số", "電郵差一個數字"],
  phone_slip: ["phone one digit off", "điện thoại lệch một số", "電話差一個數字"],
  phone_local: ["same number without area code", "cùng số không mã vùng", "去掉區碼後號碼相同"],
  birthday: ["same birthday", "cùng ngày sinh", "生日相同"],
  role_email: ["same role mailbox", "cùng hộp thư chức năng", "職務信箱相同"],
  place: ["same place", "cùng địa điểm", "地點相同"],
  company: ["same company", "cùng công ty", "公司相同"],
  "no key": ["nothing but the name", "chỉ có tên", "僅姓名"],
  "same name": ["same name", "cùng tên", "姓名相同"],
  "name in two scripts": ["name in two scripts", "tên ở hai loại chữ", "姓名以兩種文字書寫"],
  "like name": ["similar name", "tên tương tự", "姓名相似"],
  "part of name": ["part of the name", "một phần tên", "姓名的一部分"],
  "name unknown": ["one name unknown", "một tên không rõ", "一方姓名不明"],
  "name missing": ["one name missing", "thiếu một tên", "一方缺少姓名"],
  "English name": ["an English name", "tên tiếng Anh", "英文名"],
  "name in part": ["names agree in part", "tên trùng một phần", "姓名部分相同"],
  "near name": ["names close to each other", "tên gần giống", "姓名接近"],
  "other name": ["other name", "khác tên", "姓名不同"],
  relative: ["perhaps relatives", "có thể là họ hàng", "可能是親屬"],
  "other extension": ["other extension", "khác số máy lẻ", "分機不同"],
  "other suffix": ["other suffix", "khác hậu tố", "後綴不同"],
  "other tone marks": ["other tone marks", "khác dấu thanh", "聲調符號不同"],
  "other birthday": ["other birthday", "khác ngày sinh", "生日不同"],
  "birthday with a slip": ["birthday with a slip", "ngày sinh gõ nhầm", "生日有筆誤"],
  "day and month swapped": ["day and month swapped", "đảo ngày và tháng", "日月對調"],
  "other gender": ["other gender", "khác giới tính", "性別不同"],
  decided: ["a person said so", "có người xác nhận", "有人確認"],
};

/** Kinds of findings in a few words; what each means exactly, the program says. */
const KINDS: Record<string, Three> = {
  placeholder_name: ["Made-up name of a channel", "Tên do kênh đặt", "管道自動產生的名稱"],
  junk_name: ["Filler as a name", "Tên vô nghĩa", "無意義名稱"],
  name_mojibake: ["Garbled letters in a name", "Tên bị lỗi mã hóa", "姓名亂碼"],
  name_spaces: ["Spaces in a name", "Khoảng trắng trong tên", "姓名中的空白"],
  name_decomposed: ["Letters apart from their marks", "Chữ tách rời dấu", "字母與符號分離"],
  name_emoji: ["Pictures in a name", "Biểu tượng trong tên", "姓名中的圖示"],
  name_upper: ["Name in capitals", "Tên viết hoa", "姓名全大寫"],
  name_lower: ["Name without capitals", "Tên viết thường", "姓名全小寫"],
  name_guess: ["Capitals that are a guess", "Chữ hoa phỏng đoán", "大小寫需推測"],
  name_title: ["Form of address in a name", "Danh xưng trong tên", "姓名含稱謂"],
  name_company_tag: ["Company beside a name", "Công ty cạnh tên", "姓名旁有公司"],
  name_company: ["Company instead of a name", "Công ty thay cho tên", "以公司代替姓名"],
  name_address: ["Address or number as a name", "Địa chỉ hoặc số thay tên", "以電郵或號碼為姓名"],
  name_swapped: ["First and last name swapped", "Đảo họ và tên", "姓名對調"],
  phone_form: ["Form of a phone number", "Dạng số điện thoại", "電話格式"],
  phone_split: ["Country code in the number", "Mã nước nằm trong số", "國碼混在號碼中"],
  phone_legacy: ["Old phone number", "Số điện thoại cũ", "舊電話號碼"],
  phone_extra: ["Extension or note in a number", "Số máy lẻ hoặc ghi chú", "號碼含分機或附註"],
  phone_guess: ["Country of a number is a guess", "Mã nước phỏng đoán", "國碼需推測"],
  phone_junk: ["Filler as a number", "Số vô nghĩa", "無意義號碼"],
  phone_invalid: ["No such number", "Số không tồn tại", "號碼不存在"],
  phone_not_read: ["Number that cannot be read", "Số không đọc được", "無法判讀的號碼"],
  phone_country_unknown: ["Country of a number unknown", "Không rõ nước của số", "號碼國別不明"],
  email_wrapped: ["Signs around an address", "Ký hiệu quanh email", "電郵前後有符號"],
  email_extra: ["More than an address", "Email kèm nội dung khác", "電郵含其他內容"],
  email_case: ["Capitals in an address", "Chữ hoa trong email", "電郵含大寫"],
  email_domain_typo: ["Slip in a domain", "Sai tên miền", "網域拼錯"],
  email_slip: ["Slip in an address", "Sai địa chỉ email", "電郵筆誤"],
  email_local_typo: ["Address unlike the name", "Email lệch với tên", "電郵與姓名不符"],
  email_junk: ["Filler as an address", "Email vô nghĩa", "無意義電郵"],
  email_invalid: ["No possible address", "Email không hợp lệ", "無效電郵"],
  email_not_read: ["Unusual address", "Email bất thường", "不尋常的電郵"],
  email_role: ["Address of a function", "Email chức năng", "職務電郵"],
  email_disposable: ["Address for minutes", "Email dùng tạm", "臨時電郵"],
  birthday_form: ["Form of a birthday", "Dạng ngày sinh", "生日格式"],
  birthday_ambiguous: ["Birthday with a guess in it", "Ngày sinh chưa rõ", "生日需推測"],
  birthday_impossible: ["Impossible birthday", "Ngày sinh không thể có", "不可能的生日"],
  birthday_not_read: ["Birthday that cannot be read", "Ngày sinh không đọc được", "無法判讀的生日"],
  gender_code: ["Gender in other words", "Giới tính ghi khác", "性別代碼"],
  time_zone_unknown: ["Unknown time zone", "Múi giờ không rõ", "未知時區"],
  time_zone_missing: ["No time zone", "Thiếu múi giờ", "缺少時區"],
  language_unknown: ["Unknown language", "Ngôn ngữ không rõ", "未知語言"],
  channel_id_mismatch: ["Id of another channel", "Mã của kênh khác", "其他管道的編號"],
  whatsapp_phone_mismatch: ["WhatsApp number differs", "Số WhatsApp khác", "WhatsApp 號碼不符"],
  hub_phone: ["Number of many", "Số của nhiều người", "多人共用號碼"],
  hub_email: ["Address of many", "Email của nhiều người", "多人共用電郵"],
  hub_id: ["Id of many", "Mã của nhiều người", "多人共用編號"],
  anonymous_empty: ["Nobody who could be reached", "Không thể liên lạc", "無法聯繫"],
  anonymous_filler: ["Nothing but fillers", "Chỉ có dữ liệu vô nghĩa", "僅有無意義資料"],
  stale: ["Not seen for two years", "Hai năm không hoạt động", "兩年未活動"],
  fill: ["Filled from a duplicate", "Điền từ mục trùng", "由重複資料補齊"],
  mark: ["Marked as a duplicate", "Đánh dấu trùng", "標記為重複"],
  link: ["Linked", "Đã nối", "已連結"],
  set: ["Set for many", "Đặt hàng loạt", "批次設定"],
  listed: ["Chosen", "Được chọn", "已選定"],
  derived: ["Changed by the gateway besides", "Cổng tự đổi thêm", "閘道一併變更"],
};

export type Key = keyof typeof TEXTS;
export const LANGUAGES = [["en", "English"], ["vi", "Tiếng Việt"], ["zh-Hant", "繁體中文"]] as const;

const STORED = "review.language";
let place = 0;

/** The language of the page. */
export function language(): string {
  return LANGUAGES[place]![0];
}

/** Takes the language that was chosen last, or the browser's. */
export function startLanguage(ofHost = ""): void {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(STORED);
  } catch {
    // Without storage the browser's language is taken.
  }
  const wanted = [chosen ?? "", ofHost, ...navigator.languages].map((tag) => tag.toLowerCase());
  const places = wanted.map((tag) => (tag.startsWith("en") ? 0 : tag.startsWith("vi") ? 1 : tag.startsWith("zh") ? 2 : -1));
  place = places.find((found) => found >= 0) ?? 0;
  document.documentElement.lang = language();
}

/** Takes another language, now and the next time. */
export function chooseLanguage(tag: string): void {
  place = Math.max(0, LANGUAGES.findIndex(([known]) => known === tag));
  document.documentElement.lang = language();
  try {
    localStorage.setItem(STORED, tag);
  } catch {
    // As above.
  }
}

/** Where a plain number stands as its value, it is written as the language writes it. */
export function number(value: number): string {
  return value.toLocaleString(language());
}

/** A text. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return TEXTS[key][place]!.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? number(value) : value;
  });
}

/** Returns true if there is a text of this name. */
export function isKey(name: string): name is Key {
  return Object.hasOwn(TEXTS, name);
}

function of(table: Record<string, Three>, name: string): string {
  return Object.hasOwn(table, name) ? table[name]![place]! : name;
}

/** The label of a field. */
export function field(name: string): string {
  return of(FIELDS, name);
}

/** A pattern in words. */
export function pattern(text: string): string {
  return text.split(",").map((part) => of(PATTERN, part)).join(" · ");
}

/** A kind of finding, or why a step is in a plan, in a few words. */
export function kind(name: string): string {
  return of(KINDS, name);
}

/** A moment as the reader's clock shows it. */
export function moment(text: string | null): string {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? t("unknown") : new Date(at).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}
