mod claim;
mod create;
mod delete;
mod edit;
mod list;
mod merge;
mod similar;
