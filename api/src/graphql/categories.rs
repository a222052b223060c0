//! Categories in the graph.

use async_graphql::{Context, ID, InputObject, Object};
use deskwire_domain::categories::{self, CategoryChange};

use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::{domain, public};
use super::payload::payload;

/// [`categories::Category`] as clients see it.
pub struct Category(pub categories::Category);

/// A label for what tickets are about; admins keep the set.
#[Object]
impl Category {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Unique without regard to case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What belongs in it; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// False: stays on old tickets and can no longer be chosen.
    async fn active(&self) -> bool {
        self.0.active
    }
}

#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// All categories by name; everybody signed in may read them.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(default, desc = "Also those that can no longer be chosen.")]
        include_inactive: bool,
    ) -> ApiResult<Vec<Category>> {
        ctx.actor()?;
        let all = categories::list(&mut *ctx.conn().await?, include_inactive).await?;
        Ok(all.into_iter().map(Category).collect())
    }
}

/// A new category.
#[derive(InputObject)]
struct CreateCategoryInput {
    /// 1 to 120 characters.
    name: String,
    /// At most 500 characters.
    #[graphql(default)]
    description: String,
}

/// Fields of a category to change; what is not given stays.
#[derive(InputObject)]
struct UpdateCategoryInput {
    /// The category.
    id: ID,
    /// 1 to 120 characters.
    name: Option<String>,
    /// At most 500 characters.
    description: Option<String>,
    /// False retires the category, true revives it.
    active: Option<bool>,
}

payload! {
    /// Outcome of a category mutation.
    CategoryPayload { category: Category(categories::Category) }
}

#[derive(Default)]
pub struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Creates a category. Admins only. Scope `admin`.
    async fn create_category(
        &self,
        ctx: &Context<'_>,
        input: CreateCategoryInput,
    ) -> ApiResult<CategoryPayload> {
        let actor = ctx.actor()?;
        let made =
            categories::create(&mut *ctx.conn().await?, actor, &input.name, &input.description)
                .await;
        CategoryPayload::of(ctx, made).await
    }

    /// Renames, describes, retires or revives a category. Admins only. Scope `admin`.
    async fn update_category(
        &self,
        ctx: &Context<'_>,
        input: UpdateCategoryInput,
    ) -> ApiResult<CategoryPayload> {
        let actor = ctx.actor()?;
        let change = CategoryChange {
            name: input.name,
            description: input.description,
            active: input.active,
        };
        let outcome = match domain(&input.id, "id") {
            Ok(id) => categories::update(&mut *ctx.conn().await?, actor, id, change).await,
            Err(error) => Err(error),
        };
        CategoryPayload::of(ctx, outcome).await
    }
}
