public import MoEModel

extension DecoderModel: SequenceModel {}
