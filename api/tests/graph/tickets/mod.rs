mod claim;
mod create;
mod edit;
mod list;
