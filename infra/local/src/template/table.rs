// Makes a table of the template on any DynamoDB endpoint. Deletion protection, recovery, encryption
// and throughput ceilings are left out: an emulator's table holds nothing to protect.

use std::time::Duration;

use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::types;
use aws_sdk_dynamodb::{Client, Error};

use super::definition::{Attribute, Index, KeyPart, Stream, TableDefinition, TimeToLive};

/// How long a fresh table may take to become usable.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A table under its logical id; its real name is decided by whoever creates it.
#[derive(Debug, Clone)]
pub struct Table {
    pub logical_id: String,
    pub definition: TableDefinition,
}

impl Table {
    /// Creates the table under this name and waits until it can be used; one that is there
    /// already keeps what is in it, and gets the indexes that it lacks.
    pub async fn create(&self, client: &Client, table_name: &str) -> Result<(), Box<Error>> {
        let definition = &self.definition;
        let created = client
            .create_table()
            .table_name(table_name)
            .billing_mode(definition.billing_mode.as_str().into())
            .set_attribute_definitions(Some(all(&definition.attribute_definitions, Attribute::to_sdk)?))
            .set_key_schema(Some(all(&definition.key_schema, KeyPart::to_sdk)?))
            .set_global_secondary_indexes(match definition.global_secondary_indexes.as_slice() {
                [] => None,
                indexes => Some(all(indexes, Index::to_sdk)?),
            })
            .set_stream_specification(definition.stream_specification.as_ref().map(Stream::to_sdk).transpose()?)
            .send()
            .await;
        let is_there = match created.map_err(Error::from) {
            Ok(_) => false,
            Err(Error::ResourceInUseException(_)) => true,
            Err(error) => return Err(Box::new(error)),
        };
        client
            .wait_until_table_exists()
            .table_name(table_name)
            .wait(READY_WITHIN)
            .await
            .map_err(|error| Box::new(Error::from(error)))?;
        if is_there {
            self.add_indexes(client, table_name).await?;
        }
        match &definition.time_to_live_specification {
            Some(time_to_live) if time_to_live.enabled => time_to_live.enable(client, table_name).await,
            _ => Ok(()),
        }
    }

    /// Adds the indexes that a table of an earlier version does not have; one at a time, as DynamoDB asks.
    async fn add_indexes(&self, client: &Client, table_name: &str) -> Result<(), Box<Error>> {
        let described = client.describe_table().table_name(table_name).send().await.map_err(boxed)?;
        let there = described.table.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
        let is_there = |index: &&Index| there.iter().any(|known| known.index_name() == Some(index.index_name.as_str()));
        for index in self.definition.global_secondary_indexes.iter().filter(|index| !is_there(index)) {
            let create = types::CreateGlobalSecondaryIndexAction::builder()
                .index_name(&index.index_name)
                .set_key_schema(Some(all(&index.key_schema, KeyPart::to_sdk)?))
                .projection(index.projection())
                .build()
                .map_err(boxed)?;
            client
                .update_table()
                .table_name(table_name)
                .set_attribute_definitions(Some(all(&self.definition.attribute_definitions, Attribute::to_sdk)?))
                .global_secondary_index_updates(types::GlobalSecondaryIndexUpdate::builder().create(create).build())
                .send()
                .await
                .map_err(boxed)?;
        }
        Ok(())
    }
}

impl TimeToLive {
    /// Asks first, because to enable it a second time is an error.
    async fn enable(&self, client: &Client, table_name: &str) -> Result<(), Box<Error>> {
        let current = client.describe_time_to_live().table_name(table_name).send().await.map_err(boxed)?;
        if current.time_to_live_description().is_some_and(|found| found.attribute_name().is_some()) {
            return Ok(());
        }
        let specification = types::TimeToLiveSpecification::builder()
            .attribute_name(&self.attribute_name)
            .enabled(true)
            .build()
            .map_err(boxed)?;
        client
            .update_time_to_live()
            .table_name(table_name)
            .time_to_live_specification(specification)
            .send()
            .await
            .map_err(boxed)?;
        Ok(())
    }
}

impl Attribute {
    fn to_sdk(&self) -> Result<types::AttributeDefinition, Box<Error>> {
        types::AttributeDefinition::builder()
            .attribute_name(&self.attribute_name)
            .attribute_type(self.attribute_type.as_str().into())
            .build()
            .map_err(boxed)
    }
}

impl KeyPart {
    fn to_sdk(&self) -> Result<types::KeySchemaElement, Box<Error>> {
        types::KeySchemaElement::builder()
            .attribute_name(&self.attribute_name)
            .key_type(self.key_type.as_str().into())
            .build()
            .map_err(boxed)
    }
}

impl Index {
    fn to_sdk(&self) -> Result<types::GlobalSecondaryIndex, Box<Error>> {
        types::GlobalSecondaryIndex::builder()
            .index_name(&self.index_name)
            .set_key_schema(Some(all(&self.key_schema, KeyPart::to_sdk)?))
            .projection(self.projection())
            .build()
            .map_err(boxed)
    }

    fn projection(&self) -> types::Projection {
        types::Projection::builder()
            .projection_type(self.projection.projection_type.as_str().into())
            .set_non_key_attributes(self.projection.non_key_attributes.clone())
            .build()
    }
}

impl Stream {
    fn to_sdk(&self) -> Result<types::StreamSpecification, Box<Error>> {
        types::StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(self.stream_view_type.as_str().into())
            .build()
            .map_err(boxed)
    }
}

fn all<T, U>(items: &[T], to_sdk: fn(&T) -> Result<U, Box<Error>>) -> Result<Vec<U>, Box<Error>> {
    items.iter().map(to_sdk).collect()
}

fn boxed(error: impl Into<Error>) -> Box<Error> {
    Box::new(error.into())
}

#[cfg(test)]
mod tests {
    use super::super::{Table, Template};
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
    use aws_sdk_dynamodb::types::{ProjectionType, StreamViewType, TableDescription};

    const REAL: &str = include_str!("../../../../template.yaml");

    /// The SDK's own client on an emulator of its own, which ends with the test.
    async fn emulator() -> Client {
        let database = dynoxide::Database::memory().expect("a database in memory");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .endpoint_url(format!("http://{address}"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Client::from_conf(config)
    }

    fn table(logical_id: &str) -> Table {
        Template::parse(REAL).expect("the real template parses").table(logical_id).expect("the table").clone()
    }

    async fn describe(client: &Client, name: &str) -> TableDescription {
        client.describe_table().table_name(name).send().await.expect("the table").table.expect("its description")
    }

    #[tokio::test]
    async fn the_core_table_is_created_with_keys_indexes_stream_and_ttl() {
        let client = emulator().await;
        table("CoreTable").create(&client, "core").await.expect("created");

        let found = describe(&client, "core").await;
        let names = |keys: &[aws_sdk_dynamodb::types::KeySchemaElement]| {
            keys.iter().map(|key| key.attribute_name().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(found.key_schema()), "pk sk");
        let mut indexes: Vec<_> = found
            .global_secondary_indexes()
            .iter()
            .map(|index| {
                let projection = index.projection().and_then(|projection| projection.projection_type().cloned());
                (index.index_name().unwrap_or_default(), names(index.key_schema()), projection)
            })
            .collect();
        indexes.sort_by_key(|index| index.0);
        assert_eq!(
            indexes,
            [
                ("by_merchant", "mpk msk".to_owned(), Some(ProjectionType::All)),
                ("by_state", "spk msk".to_owned(), Some(ProjectionType::KeysOnly)),
                ("due", "dpk dsk".to_owned(), Some(ProjectionType::KeysOnly)),
            ]
        );
        let stream = found.stream_specification().and_then(|stream| stream.stream_view_type());
        assert_eq!(stream, Some(&StreamViewType::NewAndOldImages));
        assert_ne!(found.deletion_protection_enabled(), Some(true));

        let time_to_live = client.describe_time_to_live().table_name("core").send().await.expect("its ttl");
        let time_to_live = time_to_live.time_to_live_description().and_then(|found| found.attribute_name());
        assert_eq!(time_to_live, Some("ttl"));
    }

    #[tokio::test]
    async fn creating_a_table_twice_is_no_error() {
        let client = emulator().await;
        for _ in 0..2 {
            table("ClicksTable").create(&client, "clicks").await.expect("created");
        }
        assert_eq!(describe(&client, "clicks").await.key_schema().len(), 1);
    }
}
