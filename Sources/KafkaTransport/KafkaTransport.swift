// Room for KafkaTransport.
