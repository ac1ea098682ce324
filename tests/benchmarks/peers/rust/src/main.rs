// AWS's SDK for Rust: N loops that receive ten, parse them, delete ten: `consumer ENDPOINT_URL QUEUE_URL LOOPS`.
//
// One client for all loops, as the SDK's guide advises; everything else is its default: the HTTPS client (rustls), its
// retries and its pool of connections. The CA comes from SSL_CERT_FILE, which the client's rustls reads by itself. The
// runtime is tokio's default, a thread for each core that the process may use.
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use aws_sdk_sqs::{Client, Config, Error};
use serde::Deserialize;

#[derive(Deserialize)]
#[allow(dead_code)] // all of the event is parsed, and the handler looks at its number only
struct Order {
    number: u64,
    id: String,
    customer: String,
    lines: Vec<u64>,
    note: String,
}

fn handle(body: &str) -> u64 {
    let order: Order = serde_json::from_str(body).expect("the body is an order");
    order.number
}

async fn receive(client: &Client, queue_url: &str) -> Result<Vec<Message>, Error> {
    let answer = client
        .receive_message()
        .queue_url(queue_url)
        .max_number_of_messages(10)
        .wait_time_seconds(20)
        .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
        .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
        .send()
        .await?;
    Ok(answer.messages.unwrap_or_default())
}

fn entry(index: usize, message: Message) -> DeleteMessageBatchRequestEntry {
    DeleteMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .set_receipt_handle(message.receipt_handle)
        .build()
        .expect("an entry has an id and a handle")
}

async fn consume(client: Client, queue_url: String) -> Result<(), Error> {
    loop {
        let messages = receive(&client, &queue_url).await?;
        if messages.is_empty() {
            continue;
        }
        for message in &messages {
            std::hint::black_box(handle(message.body().unwrap_or_default()));
        }
        let entries = messages.into_iter().enumerate().map(|(index, message)| entry(index, message)).collect();
        client.delete_message_batch().queue_url(&queue_url).set_entries(Some(entries)).send().await?;
    }
}

fn client(endpoint_url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "bench"))
        .endpoint_url(endpoint_url)
        .build();
    Client::from_conf(config)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let (client, loops) = (client(&arguments[1]), arguments[3].parse()?);
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..loops {
        running.spawn(consume(client.clone(), arguments[2].clone()));
    }
    while let Some(ended) = running.join_next().await {
        ended??; // a loop ends by an error only, and then all of them do
    }
    Ok(())
}
