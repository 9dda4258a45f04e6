//! Where a gateway is: the named environments and the path prefix of each (contract, sections 1.1 and 1.2).

use std::fmt;
use std::str::FromStr;

/// One of iMBRACE's gateways, the local one, or an address of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// `app-gateway.imbrace.co`
    Product,
    /// `app-gateway.demo.imbrace.co`
    Demo,
    /// `app-gateway.dev.imbrace.co`
    Dev,
    /// `app-gateway.sandbox.imbrace.co`
    Sandbox,
    /// `app-gatewayv2.imbrace.co`
    ProductV2,
    /// The local gateway, in this process.
    Local,
    /// A base URL given by the operator.
    Custom,
}

impl Environment {
    /// Every environment, in the order in which help shows them.
    pub const ALL: [Self; 7] =
        [Self::Product, Self::Demo, Self::Dev, Self::Sandbox, Self::ProductV2, Self::Local, Self::Custom];

    /// The name an operator writes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Demo => "demo",
            Self::Dev => "dev",
            Self::Sandbox => "sandbox",
            Self::ProductV2 => "productv2",
            Self::Local => "local",
            Self::Custom => "custom",
        }
    }

    /// The base URL; `None` for local and custom, which get theirs elsewhere.
    pub const fn base_url(self) -> Option<&'static str> {
        match self {
            Self::Product => Some("https://app-gateway.imbrace.co"),
            Self::Demo => Some("https://app-gateway.demo.imbrace.co"),
            Self::Dev => Some("https://app-gateway.dev.imbrace.co"),
            Self::Sandbox => Some("https://app-gateway.sandbox.imbrace.co"),
            Self::ProductV2 => Some("https://app-gatewayv2.imbrace.co"),
            Self::Local | Self::Custom => None,
        }
    }

    /// The prefix to try first.
    pub const fn prefix(self) -> Prefix {
        match self {
            Self::Product | Self::Demo | Self::Dev => Prefix::Backend,
            Self::Sandbox | Self::ProductV2 | Self::Local | Self::Custom => Prefix::ChannelService,
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Environment {
    type Err = UnknownName;

    /// Reads a name or one of the SDK's aliases (`develop`, `stable`, `prodv2`, `production`).
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let name = match text {
            "develop" => "dev",
            "stable" | "prodv2" => "productv2",
            "prod" | "production" => "product",
            other => other,
        };
        Self::ALL.into_iter().find(|environment| environment.name() == name).ok_or(UnknownName)
    }
}

/// The name is none of the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown name")]
pub struct UnknownName;

/// The path in front of every route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `channel-service/v1`, which the dashboard uses today.
    ChannelService,
    /// `v1/backend`, which the API document prints.
    Backend,
}

impl Prefix {
    /// The prefix as it stands in a path, without slashes around it.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChannelService => "channel-service/v1",
            Self::Backend => "v1/backend",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::ChannelService => Self::Backend,
            Self::Backend => Self::ChannelService,
        }
    }
}

/// How the prefix is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrefixChoice {
    /// Start with this one; when its answer looks like a wrong prefix, try the other once and remember the winner.
    Auto(Prefix),
    /// This one, always.
    Fixed(Prefix),
}
