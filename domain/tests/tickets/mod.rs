mod counts;
mod create;
mod edit;
mod import;
mod list;
mod live;
mod policy;
mod search;
