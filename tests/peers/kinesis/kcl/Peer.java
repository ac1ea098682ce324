// A worker of Amazon's Java KCL that writes down all that happens to it: one JSON object a line on standard output, with
// `t`, the wall clock in seconds, and `ev`. It compiles against KCL 2.5.4, 3.1.3 and 3.5.1.
//
//   java -Dset.lease.failoverTimeMillis=3000 … Peer STREAM APPLICATION WORKER KINESIS_URL DYNAMODB_URL
//
// `-Dset.GROUP.NAME=VALUE` calls NAME(VALUE) on a configuration of KCL's (GROUP: lease, coord, util, handoff, poll); a
// name that this version does not have is reported by `noknob`, and is no error. `-Dhalt.after=N`: when N records have
// come, the last of these is checkpointed and nothing is processed any more, as if the next one hung. `-Dquiet=true`:
// only batches are written, for a load. `-Dparse=true`: each record is parsed as JSON, as a handler would. `-Dcheckpoint.millis=N`: not after each batch, but when so much time has passed.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.MetricsLevel;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

public class Peer {
  static final int HALT_AFTER = Integer.getInteger("halt.after", Integer.MAX_VALUE);
  static final boolean QUIET = Boolean.getBoolean("quiet");
  static final boolean PARSE = Boolean.getBoolean("parse");
  static final ObjectMapper JSON = new ObjectMapper();
  static final long CHECKPOINT_MILLIS = Long.getLong("checkpoint.millis", 0);
  static final AtomicInteger processed = new AtomicInteger();

  interface Checkpoint {
    void run() throws Exception;
  }

  static synchronized void say(String event, Object... fields) {
    StringBuilder line = new StringBuilder("{\"t\":" + System.currentTimeMillis() / 1000.0 + ",\"ev\":\"" + event + "\"");
    for (int i = 0; i < fields.length; i += 2) {
      String text = String.valueOf(fields[i + 1]).replace("\\", "\\\\").replace("\"", "\\\"");
      line.append(",\"" + fields[i] + "\":\"" + text + "\"");
    }
    System.out.println(line.append("}"));
    System.out.flush();
  }

  static class Processor implements ShardRecordProcessor {
    String shard;
    long checkpointNanos = System.nanoTime();

    public void initialize(InitializationInput in) {
      shard = in.shardId();
      say("init", "shard", shard, "seq", in.extendedSequenceNumber().sequenceNumber(),
          "sub", in.extendedSequenceNumber().subSequenceNumber());
    }

    public void processRecords(ProcessRecordsInput in) {
      for (KinesisClientRecord record : in.records()) {
        if (processed.incrementAndGet() > HALT_AFTER) hang();
        if (!QUIET) sayRecord(record);
        if (PARSE) parse(record);
        if (processed.get() == HALT_AFTER) {
          checkpoint(() -> in.checkpointer().checkpoint(record.sequenceNumber(), record.subSequenceNumber()));
          say("halted", "shard", shard, "seq", record.sequenceNumber(), "sub", record.subSequenceNumber());
        }
      }
      if (!in.records().isEmpty() && processed.get() != HALT_AFTER) settle(in.records(), in.checkpointer());
    }

    void sayRecord(KinesisClientRecord record) {
      say("rec", "shard", shard, "pk", record.partitionKey(), "seq", record.sequenceNumber(),
          "sub", record.subSequenceNumber(), "data", StandardCharsets.UTF_8.decode(record.data()));
    }

    void parse(KinesisClientRecord record) {
      byte[] data = new byte[record.data().remaining()];
      record.data().get(data);
      try {
        if (!JSON.readTree(data).has("number")) throw new IllegalStateException("a record without a number");
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    void settle(List<KinesisClientRecord> records, RecordProcessorCheckpointer checkpointer) {
      if (QUIET) say("batch", "shard", shard, "count", records.size());
      if (System.nanoTime() - checkpointNanos >= TimeUnit.MILLISECONDS.toNanos(CHECKPOINT_MILLIS)) {
        checkpoint(checkpointer::checkpoint);
        checkpointNanos = System.nanoTime();
      }
    }

    public void leaseLost(LeaseLostInput in) {
      say("lost", "shard", shard);
    }

    public void shardEnded(ShardEndedInput in) {
      say("ended", "shard", shard);
      checkpoint(in.checkpointer()::checkpoint);
    }

    public void shutdownRequested(ShutdownRequestedInput in) {
      say("shutdown", "shard", shard);
      checkpoint(in.checkpointer()::checkpoint);
    }

    void checkpoint(Checkpoint checkpoint) {
      try {
        checkpoint.run();
      } catch (Exception error) {
        say("cperr", "shard", shard, "why", error.getClass().getSimpleName());
      }
    }

    void hang() {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static void set(String group, Object configuration) throws Exception {
    if (configuration == null) return;
    String prefix = "set." + group + ".";
    for (String property : System.getProperties().stringPropertyNames()) {
      if (!property.startsWith(prefix)) continue;
      String name = property.substring(prefix.length());
      if (!set(configuration, name, System.getProperty(property))) say("noknob", "name", name);
    }
  }

  static boolean set(Object configuration, String name, String value) throws Exception {
    for (Method method : configuration.getClass().getMethods()) {
      if (!method.getName().equals(name) || method.getParameterCount() != 1) continue;
      Object argument = as(method.getParameterTypes()[0], value);
      if (argument == null) continue;
      method.setAccessible(true);
      method.invoke(configuration, argument);
      return true;
    }
    return false;
  }

  static Object as(Class<?> type, String value) {
    if (type == long.class || type == Long.class) return Long.valueOf(value);
    if (type == int.class || type == Integer.class) return Integer.valueOf(value);
    if (type == boolean.class || type == Boolean.class) return Boolean.valueOf(value);
    if (type == double.class || type == Double.class) return Double.valueOf(value);
    if (type == String.class) return value;
    if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) if (constant.toString().equals(value)) return constant;
    }
    return null;
  }

  /** A part of a configuration that not every version has. */
  static Object part(Object configuration, String name) {
    try {
      return configuration.getClass().getMethod(name).invoke(configuration);
    } catch (ReflectiveOperationException absent) {
      return null;
    }
  }

  public static void main(String[] arguments) throws Exception {
    String stream = arguments[0], application = arguments[1], worker = arguments[2];
    URI kinesisUrl = URI.create(arguments[3]), dynamoUrl = URI.create(arguments[4]);
    AwsCredentialsProvider credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    Region region = Region.US_EAST_1;
    KinesisAsyncClient kinesis = KinesisAsyncClient.builder().endpointOverride(kinesisUrl).region(region)
        .credentialsProvider(credentials)
        // Test servers speak no HTTP/2.
        .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP1_1).maxConcurrency(50)).build();
    DynamoDbAsyncClient dynamo = DynamoDbAsyncClient.builder().endpointOverride(dynamoUrl).region(region)
        .credentialsProvider(credentials).build();
    CloudWatchAsyncClient cloudWatch = CloudWatchAsyncClient.builder().endpointOverride(dynamoUrl).region(region)
        .credentialsProvider(credentials).build();
    run(new ConfigsBuilder(stream, application, kinesis, dynamo, cloudWatch, worker, Processor::new), stream, kinesis);
  }

  static void run(ConfigsBuilder configs, String stream, KinesisAsyncClient kinesis) throws Exception {
    var start = InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
    var lease = configs.leaseManagementConfig().initialPositionInStream(start);
    var coordinator = configs.coordinatorConfig();
    var polling = new PollingConfig(stream, kinesis);
    set("lease", lease);
    set("coord", coordinator);
    set("util", part(lease, "workerUtilizationAwareAssignmentConfig"));
    set("handoff", part(lease, "gracefulLeaseHandoffConfig"));
    set("poll", polling);
    var retrieval = configs.retrievalConfig().retrievalSpecificConfig(polling).initialPositionInStreamExtended(start);
    // Without this it would send figures to CloudWatch all the time.
    var metrics = configs.metricsConfig().metricsLevel(MetricsLevel.NONE);
    Scheduler scheduler = new Scheduler(configs.checkpointConfig(), coordinator, lease, configs.lifecycleConfig(), metrics,
        configs.processorConfig(), retrieval);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(scheduler)));
    say("run");
    scheduler.run();
    say("end");
  }

  static void stop(Scheduler scheduler) {
    say("stopping");
    try {
      scheduler.startGracefulShutdown().get(20, TimeUnit.SECONDS);
    } catch (Exception error) {
      say("stoperr", "why", error);
    }
    say("stopped");
  }
}
