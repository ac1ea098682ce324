// AWS's SDK for Go: N loops that receive ten, parse them, delete ten: consumer ENDPOINT_URL QUEUE_URL LOOPS.
//
// One client for all loops. Region, credentials and the CA (AWS_CA_BUNDLE) come from the environment, by the SDK's own
// default configuration. One setting differs from its defaults: it keeps ten idle connections, and sixteen loops would
// now and then have to connect anew.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

type order struct {
	Number   int    `json:"number"`
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Lines    []int  `json:"lines"`
	Note     string `json:"note"`
}

func handle(body string) int {
	var event order
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		log.Fatal(err)
	}
	return event.Number
}

func receive(client *sqs.Client, queueURL string) []types.Message {
	answer, err := client.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
		QueueUrl:            aws.String(queueURL),
		MaxNumberOfMessages: 10,
		WaitTimeSeconds:     20,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameSentTimestamp,
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	return answer.Messages
}

func consume(client *sqs.Client, queueURL string) {
	for {
		messages := receive(client, queueURL)
		if len(messages) == 0 {
			continue
		}
		entries := make([]types.DeleteMessageBatchRequestEntry, len(messages))
		for index, message := range messages {
			handle(aws.ToString(message.Body))
			entries[index] = types.DeleteMessageBatchRequestEntry{
				Id:            aws.String(strconv.Itoa(index)),
				ReceiptHandle: message.ReceiptHandle,
			}
		}
		_, err := client.DeleteMessageBatch(context.Background(), &sqs.DeleteMessageBatchInput{
			QueueUrl: aws.String(queueURL),
			Entries:  entries,
		})
		if err != nil {
			log.Fatal(err)
		}
	}
}

func newClient(endpointURL string, loops int) *sqs.Client {
	connections := awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
		transport.MaxIdleConnsPerHost = loops
	})
	settings, err := config.LoadDefaultConfig(context.Background(), config.WithHTTPClient(connections))
	if err != nil {
		log.Fatal(err)
	}
	return sqs.NewFromConfig(settings, func(options *sqs.Options) { options.BaseEndpoint = aws.String(endpointURL) })
}

func main() {
	endpointURL, queueURL := os.Args[1], os.Args[2]
	loops, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	client := newClient(endpointURL, loops)
	for range loops {
		go consume(client, queueURL)
	}
	select {} // until killed
}
