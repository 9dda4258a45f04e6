//! Uploads: a public file that is bound to nobody (contract, 5.10).

use http::StatusCode;

use crate::call::Call;
use crate::json::Object;
use crate::people::ORGANIZATION_ID;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::StoreError;
use crate::upload::Part;

/// Characters of a stored name.
const ALPHABET: [char; 36] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// `POST contacts/_fileupload`.
pub(crate) fn upload(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let Some(part) = &call.part else {
        return Ok(Reply::code(StatusCode::BAD_REQUEST, 99999, "No file uploaded"));
    };
    let name = format!("file_{}.{}", random_name(), extension(part));
    let media_type = if part.media_type.is_empty() { "application/octet-stream" } else { &part.media_type };
    shared.store.add_upload(&name, media_type, &part.content)?;
    let url = format!("{}/files/contact/{ORGANIZATION_ID}/{name}", shared.base_url);
    Ok(Reply::json(Object::new().text("url", &url).end()))
}

fn random_name() -> String {
    let letter = || ALPHABET.get(usize::from(rand::random::<u8>()) % ALPHABET.len()).copied().unwrap_or('a');
    (0..26).map(|_| letter()).collect()
}

/// The text after the file name's last dot, else from the media type, else `bin`.
fn extension(part: &Part) -> String {
    let named = part.file_name.rsplit_once('.').map(|(_, extension)| extension);
    let typed = part.media_type.rsplit_once('/').map(|(_, kind)| kind);
    let is_plain =
        |text: &&str| !text.is_empty() && text.len() <= 10 && text.chars().all(|c| c.is_ascii_alphanumeric());
    named.filter(is_plain).or(typed.filter(is_plain)).unwrap_or("bin").to_ascii_lowercase()
}
