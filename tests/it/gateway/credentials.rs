//! Which texts are credentials, and which addresses may get one.

use imbrace_contacts_mcp::gateway::{Client, Credential, CredentialError, Deadlines, Settings};
use imbrace_contacts_mcp::model::{BaseUrlError, Prefix, PrefixChoice};

const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1X2RlbW8xIn0.c2ln";

fn parse(text: &str, organization: Option<&str>) -> Result<&'static str, CredentialError> {
    Credential::parse(text.into(), organization).map(|credential| credential.form())
}

#[test]
fn the_form_is_told_by_the_text() {
    assert_eq!(parse(" acc_00000000-0000-4000-8000-000000000001\n", None), Ok("access token"));
    assert_eq!(parse("api_00000000-0000-4000-8000-000000000002", None), Ok("API key"));
    assert_eq!(parse(JWT, Some("org_demo")), Ok("JWT"));
}

#[test]
fn what_is_no_credential_is_refused_with_the_reason() {
    assert_eq!(parse("login_acc_00000000", None), Err(CredentialError::LoginToken));
    assert!(CredentialError::LoginToken.to_string().contains("exchange it"));
    assert_eq!(parse("  ", None), Err(CredentialError::Empty));
    assert_eq!(parse("acc_a\nb", None), Err(CredentialError::Character));
    for text in ["acc_", "api_", "rtk_1", "con_1", "a.b.c", "eyJa.b", "eyJa.b.c.d", "eyJa..c"] {
        assert_eq!(parse(text, Some("org_demo")), Err(CredentialError::UnknownForm), "{text}");
    }
}

#[test]
fn a_jwt_needs_an_organization_of_the_right_form() {
    assert_eq!(parse(JWT, None), Err(CredentialError::OrganizationMissing));
    assert_eq!(parse(JWT, Some(" ")), Err(CredentialError::OrganizationMissing));
    let long = format!("org_{}", "a".repeat(65));
    for text in ["demo", "org_", "org_a b", "org_a\r\nx: y", &long] {
        assert_eq!(parse(JWT, Some(text)), Err(CredentialError::Organization), "{text:?}");
    }
}

#[test]
fn no_client_is_made_for_an_address_that_must_not_get_a_credential() {
    let client = |text: &str| {
        let base_url = text.parse().unwrap();
        let credential = Credential::parse("acc_1".into(), None).unwrap();
        let prefix = PrefixChoice::Fixed(Prefix::Backend);
        Client::new(Settings { base_url, prefix, credential, deadlines: Deadlines::default() }).map(|_| ())
    };
    assert_eq!(client("https://gateway.example.com"), Ok(()));
    assert_eq!(client("http://127.0.0.1:9001"), Ok(()));
    assert!(matches!(client("http://gateway.example.com"), Err(BaseUrlError::Insecure { .. })));
    assert!(matches!(client("https://gateway.example.com/v1/backend"), Err(BaseUrlError::Endpoint { .. })));
}
